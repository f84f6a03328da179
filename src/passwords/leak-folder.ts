import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Text, text } from '../model/text.js'
import {
  badLeaks,
  hasGap,
  hashOf,
  isReal,
  type Leaks,
  placeOf,
  type Row,
  rising,
  rowsIn,
  tooFew,
  tooWide,
  unreadable,
  unsorted,
} from './leak-rows.js'

/** Digits of a hash that name its range; the rest stands in the file. */
export const prefixLength = 5
const rest = 40 - prefixLength

/** Rows of a range, at least: one of the list's first year has 300, one of today 1,500, and chance takes few away. */
export const leastRows = 200

/**
 * The rows of one range, as a file or the service has it; `what` names it. Rows with count 0 are padding.
 * Throws Trouble `bad-leaks`.
 */
export const rangeRows = (what: string, body: Buffer): Row[] => {
  const rows = rowsIn(body, 0, { begins: true, ends: true, length: rest })
  if (rows === null) throw badLeaks(what, text('kein Bereich einer Leak-Liste', 'no range of a leak list'))
  if (rows.length === 0)
    throw badLeaks(
      what,
      /[0-9A-F]:\d/i.test(body.toString('latin1', 0, 4096))
        ? text('die NTLM-Liste', 'the NTLM list')
        : text('leer', 'empty'),
    )
  return rows
}

/** A range that was cut at the end of a row still looks like one. Throws Trouble `bad-leaks`. */
const checkWhole = (what: string, rows: readonly Row[], least: number, hint?: Text): void => {
  if (rows.length < least) throw tooFew(what, rows.length, hint)
}

/**
 * How often a hash stands in its range, of which these are the rows without padding. Throws Trouble `bad-leaks` where it
 * is not found and the range has fewer than `least` rows, or a piece is missing around it.
 */
export const countIn = (what: string, rows: readonly Row[], hash: string, least = leastRows, hint?: Text): number => {
  const own = hash.slice(prefixLength)
  const found = rows.find(row => row.hash === own)
  if (found) return found.count
  checkWhole(what, rows, least, hint)
  const after = rows.findIndex(row => row.hash > own)
  const [before, next] = after < 0 ? [rows.at(-1), undefined] : [rows[after - 1], rows[after]]
  const gap = (next ? placeOf(next.hash) : 1) - (before ? placeOf(before.hash) : 0)
  if (tooWide(gap, rows.length)) throw hasGap(what, hash)
  return 0
}

const rangeFile = (path: string, prefix: string): string => join(path, `${prefix}.txt`)

/** Bytes; one of today has some 80 KB. */
const largest = 16 * 1024 * 1024

/** The rows of one file of a folder of ranges, without padding; null where there is no such file. Throws Trouble `bad-leaks`. */
const readRange = async (path: string, prefix: string): Promise<Row[] | null> => {
  const name = rangeFile(path, prefix)
  const found = await stat(name).catch(() => null)
  if (!found?.isFile()) return null
  const body = found.size > largest ? null : await readFile(name).catch(() => null)
  if (body === null) throw unreadable(name)
  const rows = rangeRows(name, body)
  if (!rising(rows)) throw unsorted(name)
  return rows.filter(isReal)
}

/** A folder of ranges. */
export interface Folder {
  /** The rows of one range, without padding; null where it is missing. Throws Trouble `bad-leaks`. */
  rowsOf(prefix: string): Promise<Row[] | null>
  /** Throws Trouble `bad-leaks` where these rows of a range are fewer than a whole one has, or its end is missing. */
  check(prefix: string, rows: readonly Row[]): void
  /** How often it stands there. Throws Trouble `bad-leaks`. */
  count(hash: string): Promise<number>
}

const missing = (path: string, prefix: string) =>
  badLeaks(
    path,
    text(`${prefix}.txt fehlt`, `${prefix}.txt is missing`),
    text('Den Download zu Ende führen: 1.048.576 Dateien', 'Finish the download: 1,048,576 files'),
  )

/** Both ends and the middle. */
const probes = ['00000', '7FFFF', 'FFFFF']

/** How many rows the ranges of a folder have is told by three of them. Throws Trouble `bad-leaks`. */
export const folderAt = async (path: string): Promise<Folder> => {
  const names = await readdir(path).catch(() => [])
  if (!names.some(name => /^[0-9A-F]{5}\.txt$/.test(name)))
    throw badLeaks(
      path,
      text(
        'keine Bereiche einer Leak-Liste (XXXXX.txt) in diesem Ordner',
        'no ranges of a leak list (XXXXX.txt) in this folder',
      ),
    )
  const lengths: number[] = []
  for (const prefix of probes) {
    const rows = await readRange(path, prefix)
    if (rows === null) throw missing(path, prefix)
    lengths.push(rows.length)
  }
  const [, median] = lengths.sort((a, b) => a - b)
  // all ranges have nearly as many
  const least = Math.max(leastRows, median! / 4)
  const rowsOf = (prefix: string) => readRange(path, prefix)
  return {
    rowsOf,
    check(prefix, rows) {
      const name = rangeFile(path, prefix)
      checkWhole(name, rows, least)
      if (tooWide(1 - placeOf(rows.at(-1)!.hash), rows.length)) throw hasGap(name, prefix)
    },
    async count(hash) {
      const prefix = hash.slice(0, prefixLength)
      const rows = await rowsOf(prefix)
      if (rows === null) throw missing(path, prefix)
      return countIn(rangeFile(path, prefix), rows, hash, least)
    },
  }
}

/** The official download as a folder of 1,048,576 ranges. Throws Trouble `bad-leaks`. */
export const openFolder = async (path: string): Promise<Leaks> => {
  const folder = await folderAt(path)
  // a row of the list itself must be found before "not found" counts
  for (const prefix of probes) {
    const rows = (await folder.rowsOf(prefix)) ?? []
    folder.check(prefix, rows)
    const known = rows[Math.floor(rows.length / 2)]!
    if ((await folder.count(prefix + known.hash)) !== known.count) throw unsorted(path)
  }
  return { count: password => folder.count(hashOf(password)), close: async () => {} }
}
