import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { isatty } from 'node:tty'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { ask } from './ask.js'
import type { Context } from './context.js'

const option = '--password-file FILE'
/** Bytes. What is longer is no password but the wrong file. */
const most = 65_536

const bad = (what: Text): Trouble =>
  new Trouble(
    'bad-password-file',
    what,
    text(`Nur das Passwort, in UTF-8: ${option}`, `Only the password, in UTF-8: ${option}`),
  )

/** Without one LF or CRLF at the end, and with all else: blanks belong to a password. */
export const withoutLineEnd = (bytes: Buffer): Buffer =>
  bytes.at(-1) !== 10 ? bytes : bytes.subarray(0, bytes.at(-2) === 13 ? -2 : -1)

/** The words of a password. Throws Trouble `bad-password-file`. */
const decoded = (bytes: Buffer, from: Text): string => {
  if (bytes.length > most) throw bad(text(`${from.de}: zu lang`, `${from.en}: too long`))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(withoutLineEnd(bytes))
  } catch {
    throw bad(text(`${from.de}: kein UTF-8`, `${from.en}: not UTF-8`))
  }
}

/** No more of a file than tells that it is too long; a pipe (bash's <(...)) is read, too, a device is not. */
const readSome = (path: string): Buffer => {
  const found = statSync(path)
  if (!found.isFile() && !found.isFIFO()) throw new Error('no file')
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(most + 1)
    let length = 0
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null)
      length += read
      if (read === 0 || length === buffer.length) return buffer.subarray(0, length)
    }
  } finally {
    closeSync(file)
  }
}

const readAll = async (): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > most) break
  }
  return Buffer.concat(chunks)
}

/**
 * The password that a command was given: `--password-file`, standard input where that is no terminal, else typed without
 * being shown. It may be empty. Throws Trouble `bad-password-file`, `cannot-ask`, `stopped`.
 */
export const readPassword = async (context: Context, question: Text): Promise<string> => {
  const path = context.options.one('password-file')
  if (path !== undefined) {
    const from = text(path, path)
    try {
      return decoded(readSome(path), from)
    } catch (error) {
      if (error instanceof Trouble) throw error
      throw bad(text(`${path} lässt sich nicht lesen`, `${path} cannot be read`))
    }
  }
  if (!isatty(0)) return decoded(await readAll(), text('Standardeingabe', 'standard input'))
  return ask(context, question, { what: text('das Passwort', 'the password'), option }, true)
}
