import type { FileHandle } from 'node:fs/promises'
import { text } from '../model/text.js'
import {
  badLeaks,
  cutShort,
  damaged,
  hasGap,
  hashOf,
  isReal,
  type Leaks,
  placeOf,
  type Row,
  readAt,
  rising,
  rowsIn,
  tooFew,
  tooWide,
  unsorted,
} from './leak-rows.js'

/** Bytes of one read, at most and at least. */
const width = 16 * 1024
const narrow = 1024

/** A row that bounds the search, and where it lies: `at` is the byte after it, or before it for the upper one. */
interface Bound {
  readonly at: number
  readonly hash: string
  readonly place: number
}

interface Found {
  readonly row: Row | null
  /** the neighbours' distance, where there is none */
  readonly gap: number
}

const compressed: readonly (readonly [string, string])[] = [
  ['1f8b', 'gzip'],
  ['504b', 'ZIP'],
  ['377a', '7z'],
  ['fd37', 'xz'],
  ['28b5', 'zstd'],
  ['425a', 'bzip2'],
]

/** What a file is whose beginning is no row of the list. */
const named = (path: string, head: Buffer) => {
  const start = head.toString('latin1', 0, 4096).replace(/^\u00ef\u00bb\u00bf/, '')
  const packed = compressed.find(([magic]) => head.toString('hex', 0, 2) === magic)?.[1]
  if (packed)
    return badLeaks(path, text(`gepackt (${packed})`, `packed (${packed})`), text('Erst entpacken', 'Unpack it first'))
  if (/^(\u00ff\u00fe|\u00fe\u00ff)/.test(start))
    return badLeaks(path, text('UTF-16 (PowerShell ">")', 'UTF-16 (PowerShell ">")'))
  if (/^[0-9A-F]{32}:\d/i.test(start)) return badLeaks(path, text('die NTLM-Liste', 'the NTLM list'))
  if (/^[0-9A-F]{35}:\d/i.test(start))
    return badLeaks(
      path,
      text('nur ein einzelner Bereich', 'a single range only'),
      text('Den ganzen Ordner angeben', 'Give the whole folder'),
    )
  if (/^\s*[<{]/.test(start)) return badLeaks(path, text('eine Fehlerseite, keine Liste', 'an error page, no list'))
  return badLeaks(path, text('keine Leak-Liste', 'no leak list'))
}

/** The official download as one file, of any size: some reads a password. Throws Trouble `bad-leaks`. */
export const openFile = async (path: string, file: FileHandle, size: number): Promise<Leaks> => {
  /** The whole rows between two bytes, none twice and none out of order. */
  const rowsBetween = async (from: number, to: number, begins: boolean): Promise<Row[]> => {
    const piece = await readAt(path, file, to - from, from)
    const rows = rowsIn(piece, from, { begins, ends: to === size, length: 40 })
    if (rows === null) throw damaged(path, `Byte ${from}`)
    if (!rising(rows)) throw unsorted(path)
    return rows
  }

  const head = await readAt(path, file, Math.min(width, size), 0)
  const start = rowsIn(head, 0, { begins: true, ends: head.length === size, length: 40 })
  if (start === null || start.length === 0) throw named(path, head)
  if (!start.some(isReal)) throw tooFew(path, 0)
  if (!rising(start)) {
    const byCount =
      start[0]!.count > start.at(-1)!.count && start.every(({ count }, at) => at === 0 || start[at - 1]!.count >= count)
    throw byCount ? badLeaks(path, text('nach Häufigkeit sortiert', 'sorted by count')) : unsorted(path)
  }
  const rows = size / ((start.at(-1)!.to - start[0]!.from) / start.length)

  const search = async (hash: string): Promise<Found> => {
    const place = placeOf(hash)
    let low: Bound = { at: 0, hash: '', place: 0 }
    let high: Bound = { at: size, hash: 'G', place: 1 }
    for (let tries = 0; tries < 80; tries++) {
      // a row lies no further than this from where it is expected, nearly always; where a read cannot span it, some rows
      // of its neighbourhood bring it nearer
      const away = Math.min(place - low.place, high.place - place) * rows
      const spread = 6 * Math.sqrt(Math.max(1, away)) * (size / rows)
      const span = spread > width ? narrow : Math.max(narrow, 2 * Math.ceil(spread / 2))
      const all = high.at - low.at <= span
      // where they lie evenly the row is there; where they do not, halves come to it too
      const share = tries < 12 ? (place - low.place) / (high.place - low.place || 1) : 0.5
      const middle = low.at + Math.floor((high.at - low.at) * share)
      const from = all ? low.at : Math.max(low.at, Math.min(high.at - span, middle - span / 2))
      const some = await rowsBetween(from, all ? high.at : from + span, from === low.at)
      const [first] = some
      const last = some.at(-1)
      if (first === undefined || last === undefined) {
        if (all) return { row: null, gap: high.place - low.place }
        throw damaged(path, `Byte ${from}`)
      }
      if (first.hash <= low.hash || last.hash >= high.hash) throw unsorted(path)
      const after = some.findIndex(row => row.hash >= hash)
      if (some[after]?.hash === hash) return { row: some[after]!, gap: 0 }
      const [before, next] = after < 0 ? [last, undefined] : [some[after - 1], some[after]]
      if (before) low = { at: before.to, hash: before.hash, place: placeOf(before.hash) }
      if (next) high = { at: next.from, hash: next.hash, place: placeOf(next.hash) }
      if (all || (before && next)) return { row: null, gap: high.place - low.place }
    }
    throw unsorted(path)
  }

  // a row that is cut cannot be read
  const [end] = (await rowsBetween(Math.max(0, size - width), size, size <= width).catch(() => [])).slice(-1)
  if (end && end.hash < start[0]!.hash) throw unsorted(path)
  if (!end?.hash.startsWith('FFFFF')) throw cutShort(path)
  const look = async (hash: string): Promise<number> => {
    const { row, gap } = await search(hash)
    if (row === null && tooWide(gap, rows)) throw hasGap(path, hash)
    return row?.count ?? 0
  }
  // before "not found" counts, rows of the list itself must be found
  for (const share of [0.25, 0.5, 0.75]) {
    const from = Math.max(0, Math.floor(size * share) - width / 2)
    const to = Math.min(size, from + width)
    const some = await rowsBetween(from, to, from === 0)
    const known = some[Math.floor(some.length / 2)]
    if (known === undefined) throw damaged(path, `Byte ${from}`)
    if ((await search(known.hash)).row?.from !== known.from) throw unsorted(path)
  }
  return { count: password => look(hashOf(password)), close: () => file.close() }
}
