import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VaultFacts } from '../model/facts.js'
import { printableLine } from '../model/shell.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { readSites, type Sites } from '../vault/sites.js'
import { asks, askYes } from './ask.js'
import { configFolder } from './config-folder.js'
import { agreed, givenConsents } from './consents.js'
import { type Context, note } from './context.js'

/** What sites offer, and what the report says of the list; without sites nothing is known of any. */
export interface SitesCheck {
  readonly sites: Sites | null
  readonly facts: VaultFacts['sites']
}

const address = 'https://api.2fa.directory/v4/all.json'
const most = 32 * 1024 * 1024
/** milliseconds after which a list that was fetched is fetched anew */
const fresh = 30 * 86_400_000
const kept = () => join(configFolder(), '2fa-directory.json')
const pin = () => join(configFolder(), '2fa-directory.sha256')

const nothing = (state: VaultFacts['sites']['state'], digest = ''): SitesCheck => ({
  sites: null,
  facts: { state, digest, count: 0 },
})

const bytesIn = (path: string): Buffer | null => {
  try {
    const found = statSync(path)
    return found.isFile() && found.size <= most ? readFileSync(path) : null
  } catch {
    return null
  }
}

const pinned = (): string => bytesIn(pin())?.toString('latin1').trim() ?? ''

const remember = (context: Context, path: string, words: string | Buffer): void => {
  try {
    mkdirSync(configFolder(), { recursive: true, mode: 0o700 })
    writeFileSync(path, words, { mode: 0o600 })
  } catch {
    note(context, text(`Nicht gemerkt: ${path}`, `Not remembered: ${path}`))
  }
}

/** The list is judged by once its digest is the remembered one, or a person takes it in its place. */
const accepted = async (context: Context, bytes: Buffer, isNew: boolean): Promise<SitesCheck> => {
  const read = readSites(bytes)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if ('implausible' in read) {
    const { de, en } = read.implausible
    note(context, text(`Liste der Anbieter: ${de}. Nicht verwendet.`, `List of providers: ${en}. Not used.`))
    return nothing('implausible', digest)
  }
  const before = pinned()
  if (before !== digest) {
    const option = '--consent directory'
    const missing = { what: text('Zustimmung zur neuen Liste', 'consent to the new list'), option }
    const question = text(
      `Die Liste der Anbieter ist nicht die gemerkte.\n  jetzt    ${digest}\n  gemerkt  ${before}\nVerwenden und merken? (ja/nein) `,
      `The list of providers is not the remembered one.\n  now         ${digest}\n  remembered  ${before}\nUse and remember it? (yes/no) `,
    )
    const agreed =
      before === '' ||
      isNew ||
      givenConsents(context).includes('directory') ||
      (asks(context) && (await askYes(context, question, missing)))
    if (!agreed) {
      note(
        context,
        text(
          `Liste der Anbieter: SHA-256 ${digest}, gemerkt ist ${before}. Nicht verwendet.`,
          `List of providers: SHA-256 ${digest}, remembered is ${before}. Not used.`,
        ),
      )
      return nothing('changed', digest)
    }
    remember(context, pin(), `${digest}\n`)
  }
  return { sites: read, facts: { state: 'known', digest, count: read.count } }
}

/** Fetched over TLS, without a redirect; null where that fails, with the reason told. */
const fetched = async (context: Context): Promise<Buffer | null> => {
  try {
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(20_000) })
    if (!answer.ok || answer.body === null) throw new Error(`HTTP ${answer.status}`)
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
      length += part.length
      if (length > most) throw new Error('too large')
      parts.push(part)
    }
    return Buffer.concat(parts)
  } catch (error) {
    const why = printableLine(error instanceof Error ? error.message : '').slice(0, 100)
    note(context, text(`2fa.directory war nicht zu holen (${why}).`, `2fa.directory could not be fetched (${why}).`))
    return null
  }
}

const mayFetch = async (context: Context): Promise<boolean> => {
  try {
    return await agreed(context, 'directory', {
      host: new URL(address).host,
      says: text(
        'Was Anbieter an zweiten Faktoren haben, weiß 2fa.directory. Die ganze Liste wird geholt; von deinem Tresor\nerfährt dort niemand etwas.',
        'What second factors providers have is known to 2fa.directory. The whole list is fetched; nothing of your\nvault is told there.',
      ),
      instead: text('--directory DATEI', '--directory FILE'),
    })
  } catch (error) {
    // nobody can be asked: then nothing is known of the sites, and the rule says so
    if (error instanceof Trouble && error.code === 'cannot-ask') return false
    throw error
  }
}

/**
 * What sites offer: from `--directory FILE`, from what was fetched before, or fetched now after consent. Throws Trouble
 * `bad-directory` for a file that cannot be read, `bad-option`.
 */
export const openSites = async (context: Context): Promise<SitesCheck> => {
  const { options } = context
  givenConsents(context)
  const given = options.one('directory')
  if (given !== undefined) {
    const bytes = bytesIn(given)
    if (bytes) return accepted(context, bytes, false)
    const name = printableLine(given)
    throw new Trouble(
      'bad-directory',
      text(`${name} lässt sich nicht lesen`, `${name} cannot be read`),
      text('--directory DATEI: all.json (v4) von 2fa.directory', '--directory FILE: all.json (v4) of 2fa.directory'),
    )
  }
  const before = bytesIn(kept())
  const age = before ? context.now().getTime() - statSync(kept()).mtimeMs : Number.POSITIVE_INFINITY
  if (!options.flag('offline') && age > fresh && (await mayFetch(context))) {
    const bytes = await fetched(context)
    if (bytes) {
      const check = await accepted(context, bytes, true)
      if (check.sites) remember(context, kept(), bytes)
      return check
    }
  }
  return before ? accepted(context, before, false) : nothing('absent')
}
