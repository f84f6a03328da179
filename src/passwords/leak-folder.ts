import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from '../model/text.js'
import {
  badLeaks,
  hasGap,
  hashOf,
  type Leaks,
  placeOf,
  type Row,
  rising,
  rowsIn,
  tooWide,
  unreadable,
  unsorted,
} from './leak-rows.js'

/** Digits of a hash that name its range; the rest stands in the file. */
export const prefixLength = 5
const rest = 40 - prefixLength

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

/** How often a hash stands in its range. Throws Trouble `bad-leaks` where a piece of the range is missing around it. */
export const countIn = (what: string, rows: readonly Row[], hash: string): number => {
  const own = hash.slice(prefixLength)
  const found = rows.find(row => row.hash === own)
  if (found) return found.count
  const after = rows.findIndex(row => row.hash > own)
  const [before, next] = after < 0 ? [rows.at(-1), undefined] : [rows[after - 1], rows[after]]
  const gap = (next ? placeOf(next.hash) : 1) - (before ? placeOf(before.hash) : 0)
  if (tooWide(gap, rows.length)) throw hasGap(what, hash)
  return 0
}

const rangeFile = (path: string, prefix: string): string => join(path, `${prefix}.txt`)

/** Bytes; one of today has some 80 KB. */
const largest = 16 * 1024 * 1024

/** The rows of one file of a folder of ranges; null where there is no such file. Throws Trouble `bad-leaks`. */
export const readRange = async (path: string, prefix: string): Promise<Row[] | null> => {
  const name = rangeFile(path, prefix)
  const found = await stat(name).catch(() => null)
  if (!found?.isFile()) return null
  const body = found.size > largest ? null : await readFile(name).catch(() => null)
  if (body === null) throw unreadable(name)
  const rows = rangeRows(name, body)
  if (!rising(rows)) throw unsorted(name)
  return rows
}

/** The official download as a folder of 1,048,576 ranges. Throws Trouble `bad-leaks`. */
export const openFolder = async (path: string): Promise<Leaks> => {
  const rowsOf = async (prefix: string): Promise<Row[]> => {
    const rows = await readRange(path, prefix)
    if (rows !== null) return rows
    throw badLeaks(
      path,
      text(`${prefix}.txt fehlt`, `${prefix}.txt is missing`),
      text('Den Download zu Ende führen: 1.048.576 Dateien', 'Finish the download: 1,048,576 files'),
    )
  }
  const look = async (hash: string): Promise<number> => {
    const prefix = hash.slice(0, prefixLength)
    return countIn(rangeFile(path, prefix), await rowsOf(prefix), hash)
  }
  const names = await readdir(path).catch(() => [])
  if (!names.some(name => /^[0-9A-F]{5}\.txt$/.test(name)))
    throw badLeaks(
      path,
      text(
        'keine Bereiche einer Leak-Liste (XXXXX.txt) in diesem Ordner',
        'no ranges of a leak list (XXXXX.txt) in this folder',
      ),
    )
  // the ends, and a row of the list itself that must be found before "not found" counts
  for (const prefix of ['00000', '7FFFF', 'FFFFF']) {
    const rows = await rowsOf(prefix)
    const known = rows[Math.floor(rows.length / 2)]!
    if ((await look(prefix + known.hash)) !== known.count) throw unsorted(path)
  }
  return { count: password => look(hashOf(password)), close: async () => {} }
}
