import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { roughly, weakBelow } from '../model/passwords.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import type { Credentials } from '../vault/credentials.js'
import type { Vault } from '../vault/read.js'
import { ask, asks, mustAsk } from './ask.js'
import { type Context, note } from './context.js'
import { withoutLineEnd } from './password-input.js'
import { waiting } from './waiting.js'

const mib = 1024 * 1024
const most = { vault: 256 * mib, password: 64 * 1024, keyFile: mib }

const unreadable = (path: string, why: Text, hint: Text): Trouble => {
  const name = printableLine(path)
  return new Trouble('bad-file', text(`${name}: ${why.de}`, `${name}: ${why.en}`), hint)
}

/** A regular file's bytes, or those of a pipe where `pipes` allows. Throws Trouble `bad-file`. */
const bytesOf = (path: string, limit: number, hint: Text, pipes = false): Buffer => {
  let file: number
  try {
    // a pipe with nobody at its other end would be waited for
    file = openSync(path, pipes ? constants.O_RDONLY : constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch {
    throw unreadable(path, text('lässt sich nicht lesen', 'cannot be read'), hint)
  }
  try {
    const found = fstatSync(file)
    if (!found.isFile() && !(pipes && (found.isFIFO() || found.isSocket() || found.isCharacterDevice())))
      throw unreadable(path, text('keine Datei', 'no file'), hint)
    if (found.size > limit) throw unreadable(path, text('zu groß', 'too large'), hint)
    if (found.isFile()) return readFileSync(file)
    const parts: Buffer[] = []
    for (let length = 0; length <= limit; ) {
      const part = Buffer.alloc(64 * 1024)
      const read = readSync(file, part)
      if (read === 0) return Buffer.concat(parts)
      parts.push(part.subarray(0, read))
      length += read
    }
    throw unreadable(path, text('zu groß', 'too large'), hint)
  } catch (error) {
    if (error instanceof Trouble) throw error
    throw unreadable(path, text('lässt sich nicht lesen', 'cannot be read'), hint)
  } finally {
    closeSync(file)
  }
}

const vaultHint = text('Pfad prüfen: riegel vault DATEI.kdbx', 'Check the path: riegel vault FILE.kdbx')

/** The vault as it lies there. Throws Trouble `bad-file`. */
export const readVaultFile = (path: string): Buffer => bytesOf(path, most.vault, vaultHint)

/** The password as bytes, as they stand there, but for the end of the line. */
const passwordIn = (path: string): Buffer => {
  return withoutLineEnd(bytesOf(path, most.password, text('--password-file FILE', '--password-file FILE'), true))
}

/** A key file may be a photograph: of a large one only the hash counts. */
const keyFileIn = (path: string): Buffer => {
  const hint = text('--key-file FILE', '--key-file FILE')
  const bytes = bytesOf(path, 1024 * mib, hint, true)
  if (bytes.length === 0) throw unreadable(path, text('leer', 'empty'), hint)
  // KeePass takes 32 bytes as they are, and those are what it makes of any other file
  return bytes.length > most.keyFile ? createHash('sha256').update(bytes).digest() : bytes
}

const missing = { what: text('das Passwort des Tresors', "the vault's password"), option: '--password-file FILE' }

/**
 * What opens the vault: from the options, else asked. Where there is a key file and nobody can be asked, or nothing is
 * typed, it is the key file alone; an empty password in a file is an empty password. Throws Trouble `bad-file`,
 * `cannot-ask`, `stopped`.
 */
export const credentialsFor = async (context: Context, path: string): Promise<Credentials> => {
  const { options } = context
  const [passwordFile, file] = [options.one('password-file'), options.one('key-file')]
  const keyFile = file === undefined ? null : keyFileIn(file)
  if (passwordFile !== undefined) return { password: passwordIn(passwordFile), keyFile }
  if (keyFile !== null && !asks(context)) return { password: null, keyFile }
  mustAsk(context, missing)
  const name = printableLine(path)
  const alone =
    keyFile === null ? text('', '') : text(' (leer: nur die Schlüsseldatei)', ' (empty: the key file alone)')
  const question = text(`Passwort für ${name}${alone.de}: `, `Password of ${name}${alone.en}: `)
  const typed = await ask(context, question, missing, true)
  return { password: typed === '' && keyFile !== null ? null : Buffer.from(typed), keyFile }
}

/**
 * Opens a vault with what the options say, else with what is typed: up to three times where it does not fit. `ms`: how
 * long that took without the typing. Throws Trouble as above, and those of opening.
 */
export const openAsking = async (
  context: Context,
  path: string,
): Promise<{ readonly vault: Vault; readonly credentials: Credentials; readonly ms: number }> => {
  const file = readVaultFile(path)
  const { open } = await import('../vault/read.js')
  for (let tries = 1; ; tries++) {
    const credentials = await credentialsFor(context, path)
    const began = performance.now()
    try {
      const opening = text('öffnet den Tresor', 'opening the vault')
      const vault = await waiting(context, opening, () => open(file, credentials))
      return { vault, credentials, ms: performance.now() - began }
    } catch (error) {
      const typed = context.options.one('password-file') === undefined && asks(context)
      if (!(error instanceof Trouble) || error.code !== 'wrong-vault-password' || !typed || tries === 3) throw error
      note(context, text(`${error.text.de}.`, `${error.text.en}.`))
    }
  }
}

/** Whoever copies the file tries passwords; a key file, which they do not have, stands in for a weak one. */
const noteIfWeak = async (context: Context, { password, keyFile }: Credentials): Promise<void> => {
  if (password === null || keyFile !== null) return
  const { loadStrength } = await import('../passwords/strength.js')
  const guesses = (await loadStrength()).guesses(password.toString('utf8'), [])
  if (guesses >= weakBelow) return
  const tries = roughly(guesses)
  note(
    context,
    text(
      `Dieses Passwort ist schwach: nach etwa ${tries.de} Versuchen ist es erraten. In KeePassXC lässt es sich ändern.`,
      `This password is weak: it is guessed after about ${tries.en} tries. It can be changed in KeePassXC.`,
    ),
  )
}

/**
 * A password for a new vault, typed twice where it is not in a file; a weak one is told. Throws Trouble as above,
 * `no-match`, and `no-password` where the vault would be open to everybody.
 */
export const newCredentials = async (context: Context, path: string): Promise<Credentials> => {
  const first = await credentialsFor(context, path)
  const { password, keyFile } = first
  if (password?.length === 0 && keyFile === null)
    throw new Trouble(
      'no-password',
      text('Ein neuer Tresor braucht ein Passwort, und dieses ist leer', 'A new vault needs a password; this is empty'),
      text(
        'Eines eintippen oder in die Datei von --password-file schreiben',
        'Type one, or write one into the file of --password-file',
      ),
    )
  if (context.options.one('password-file') === undefined && password !== null) {
    const again = await ask(context, text('Noch einmal: ', 'Once more: '), missing, true)
    if (!password.equals(Buffer.from(again)))
      throw new Trouble(
        'no-match',
        text('Die beiden Eingaben sind verschieden', 'The two are not the same'),
        text('Noch einmal von vorn', 'Begin again'),
      )
  }
  await noteIfWeak(context, first)
  return first
}
