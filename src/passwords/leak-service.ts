import { Agent as PlainAgent, request as plain } from 'node:http'
import { Agent, request as secure } from 'node:https'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { version } from '../model/version.js'
import { countIn, leastRows, prefixLength, rangeRows } from './leak-folder.js'
import { hashOf, isReal, type Leaks, type Row } from './leak-rows.js'

/** Pwned Passwords' own; a mirror is another one (BSI BER.6.6). */
export const usualService = 'https://api.pwnedpasswords.com'

const loopback = ['localhost', '127.0.0.1', '[::1]']

/**
 * Where ranges are asked for, with `/range` at its end. Without TLS only on this machine: whoever listens would learn
 * the five digits, and could answer as they like. Throws Trouble `bad-option`.
 */
export const serviceAddress = (given: string): URL => {
  const bad = (what: Text) =>
    new Trouble(
      'bad-option',
      text(`--leak-service ${given}: ${what.de}`, `--leak-service ${given}: ${what.en}`),
      text(`Eine Adresse wie ${usualService}`, `An address like ${usualService}`),
    )
  if (!URL.canParse(given)) throw bad(text('keine Adresse', 'no address'))
  const url = new URL(given)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw bad(text('darf weder Anmeldung noch Parameter enthalten', 'must hold neither a login nor parameters'))
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.includes(url.hostname)))
    throw bad(text('nur https', 'https only'))
  url.pathname = `${url.pathname.replace(/(\/range)?\/*$/, '')}/range`
  return url
}

/** A range of today has some 80 KB, with padding. */
const largest = 4 * 1024 * 1024
const patience = 10_000

/**
 * The range API of Pwned Passwords: five digits of the hash go there, padding is asked for, nothing else is sent.
 * Redirects are not followed. Anything but a whole range throws Trouble `bad-leaks`.
 */
export const openService = (service: URL): Leaks => {
  const https = service.protocol === 'https:'
  const agent = https ? new Agent({ keepAlive: true }) : new PlainAgent({ keepAlive: true })
  const later = text('Später noch einmal, oder --leaks DATEI', 'Again later, or --leaks FILE')
  const no = (what: Text, cause?: unknown): Trouble =>
    new Trouble('bad-leaks', text(`${service.host} ${what.de}`, `${service.host} ${what.en}`), later, cause)

  const fetched = (prefix: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const asking = (https ? secure : plain)(
        `${service.href}/${prefix}`,
        { agent, headers: { 'User-Agent': `riegel/${version}`, 'Add-Padding': 'true' } },
        response => {
          const { statusCode } = response
          if (statusCode !== 200) {
            response.destroy()
            const status = statusCode ?? 0
            reject(no(text(`antwortet mit ${status} statt 200`, `answers ${status} instead of 200`)))
            return
          }
          const chunks: Buffer[] = []
          let length = 0
          response.on('data', (chunk: Buffer) => {
            length += chunk.length
            chunks.push(chunk)
            if (length > largest) asking.destroy(new Error('too large'))
          })
          response.on('end', () => resolve(Buffer.concat(chunks)))
          response.on('error', error => reject(no(text('bricht die Antwort ab', 'breaks off its answer'), error)))
        },
      )
      const overdue = setTimeout(() => asking.destroy(new Error('timeout')), patience)
      asking.on('close', () => clearTimeout(overdue))
      asking.on('error', error => reject(no(text('antwortet nicht', 'does not answer'), error)))
      asking.end()
    })

  const known = new Map<string, Promise<Row[]>>()
  const rangeOf = async (prefix: string): Promise<Row[]> =>
    rangeRows(`${service.host}/${prefix}`, await fetched(prefix))
      .filter(isReal)
      // padding was not in order with the rest
      .sort((a, b) => (a.hash < b.hash ? -1 : 1))
  return {
    async count(password) {
      const hash = hashOf(password)
      const prefix = hash.slice(0, prefixLength)
      const asked = known.get(prefix) ?? rangeOf(prefix)
      known.set(prefix, asked)
      return countIn(`${service.host}/${prefix}`, await asked, hash, leastRows, later)
    },
    async close() {
      agent.destroy()
    },
  }
}
