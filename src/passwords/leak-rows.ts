import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'

/** How often passwords stand in known leaks. */
export interface Leaks {
  /** 0 = in none. Throws Trouble `bad-leaks` where the list gives no sure answer. */
  count(password: string): Promise<number>
  close(): Promise<void>
  /** the compact form: it does not say how often */
  readonly packed?: true
}

/** SHA-1 of the password as UTF-8, in the notation of the lists. */
export const hashOf = (password: string): string =>
  createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase()

const official = text(
  'Gebraucht wird die SHA-1-Liste von Pwned Passwords, nach Hash sortiert (haveibeenpwned-downloader)',
  'What is needed is the SHA-1 list of Pwned Passwords, sorted by hash (haveibeenpwned-downloader)',
)

/** The list is not what it seems. `what` follows its path. */
export const badLeaks = (path: string, what: Text, hint: Text = official): Trouble =>
  new Trouble('bad-leaks', text(`${path}: ${what.de}`, `${path}: ${what.en}`), hint)

const again = text('Die Liste noch einmal laden', 'Download the list again')

export const unreadable = (path: string): Trouble =>
  badLeaks(
    path,
    text('nicht lesbar', 'cannot be read'),
    text('Rechte und Datenträger prüfen', 'Check its permissions and the disk'),
  )
export const cutShort = (path: string): Trouble =>
  badLeaks(path, text('die Liste ist abgeschnitten', 'the list is cut short'), again)
export const unsorted = (path: string): Trouble =>
  badLeaks(path, text('nicht nach Hash sortiert', 'not sorted by hash'))
export const damaged = (path: string, where: string): Trouble =>
  badLeaks(path, text(`unlesbare Zeile bei ${where}`, `a row that cannot be read at ${where}`), again)
export const hasGap = (path: string, hash: string): Trouble => {
  const prefix = hash.slice(0, 5)
  return badLeaks(path, text(`um ${prefix} fehlt ein Stück`, `a piece around ${prefix} is missing`), again)
}

/** A range, or a list, that should have more than these rows. */
export const tooFew = (what: string, rows: number, hint: Text = again): Trouble => {
  const hashes = rows === 1 ? '1 Hash' : `${rows} Hashes`
  return badLeaks(
    what,
    rows === 0
      ? text('kein einziger Hash, nur Füllzeilen', 'not one hash, nothing but padding')
      : text(`nur ${hashes}, da fehlt etwas`, `only ${hashes.toLowerCase()}, some are missing`),
    hint,
  )
}

/** Exactly so many bytes of a file. Throws Trouble `bad-leaks` where they cannot be had. */
export const readAt = async (path: string, file: FileHandle, length: number, at: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length)
  for (let read = 0; read < length; ) {
    const { bytesRead } = await file.read(buffer, read, length - read, at + read).catch(() => {
      throw unreadable(path)
    })
    if (bytesRead === 0) throw cutShort(path)
    read += bytesRead
  }
  return buffer
}

/** One row, and where it and the next begin. */
export interface Row {
  readonly hash: string
  readonly count: number
  readonly from: number
  readonly to: number
}

const digits = /^[0-9A-Fa-f]+$/

/**
 * The whole rows of a piece of a list that begins at byte `at`. `begins`: a row begins there. `ends`: nothing follows it.
 * `length`: hexadecimal digits of a row. Blank lines, BOMs before rows and single rows of NTLM's length are passed over.
 * Null where something else stands there.
 */
export const rowsIn = (
  piece: Buffer,
  at: number,
  { begins, ends, length }: { readonly begins: boolean; readonly ends: boolean; readonly length: number },
): Row[] | null => {
  // a byte a letter, so that places in the words are places in the file
  const words = piece.toString('latin1')
  const rows: Row[] = []
  let from = begins ? 0 : words.indexOf('\n') + 1
  if (from === 0 && !begins) return rows
  while (from < words.length) {
    const newline = words.indexOf('\n', from)
    if (newline < 0 && !ends) break
    const to = newline < 0 ? words.length : newline + 1
    let start = from
    while (words.startsWith('\u00ef\u00bb\u00bf', start)) start += 3
    let end = newline < 0 ? to : newline
    if (words[end - 1] === '\r') end -= 1
    if (end > start) {
      const colon = words.indexOf(':', start)
      const hash = words.slice(start, colon)
      const count = colon < 0 || colon >= end ? '' : words.slice(colon + 1, end)
      if (!/^\d+$/.test(count) || !digits.test(hash)) return null
      if (hash.length === length)
        rows.push({
          hash: hash.toUpperCase(),
          count: Math.min(Number(count), Number.MAX_SAFE_INTEGER),
          from: at + from,
          to: at + to,
        })
      else if (hash.length !== length - 8) return null
    }
    from = to
  }
  return rows
}

/** Where a hash lies between all zeros and all ones. */
export const placeOf = (hash: string): number => Number.parseInt(hash.slice(0, 13), 16) / 2 ** 52

/** A row that stands for a password; with count 0 it is padding. */
export const isReal = ({ count }: Row): boolean => count > 0

/**
 * Is so much space between two neighbours a hole? Hashes lie evenly: a gap this much wider than their mean distance comes
 * up once in e^64.
 */
export const tooWide = (gap: number, rows: number): boolean => gap * rows > 64

/** Neighbours in a list must rise. */
export const rising = (rows: readonly Row[]): boolean =>
  rows.every((row, at) => at === 0 || rows[at - 1]!.hash < row.hash)
