import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { headLength, magic, openCompact, ranges, rowLength, rowsAt } from './leak-compact.js'
import { folderAt } from './leak-folder.js'
import { badLeaks, damaged, unreadable, unsorted } from './leak-rows.js'
import { leakPlace, openLeaks } from './leaks.js'

export interface Packed {
  readonly rows: number
  /** of the compact form */
  readonly bytes: number
}

/** The value of a hexadecimal digit by its byte; -1 where it is none. */
const values = Int8Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(value) ? -1 : value
})

/** Takes rows in their order and writes them down; says at the end where each range begins. */
class Writer {
  readonly #file: FileHandle
  readonly #path: string
  readonly #offsets = new Uint32Array(ranges)
  readonly #buffer = Buffer.alloc(rowLength * 200_000)
  #filled = 0
  #at = rowsAt
  rows = 0
  #prefix = -1
  #own = -1

  /** `path`: the list that is read, for what is wrong with it */
  constructor(file: FileHandle, path: string) {
    this.#file = file
    this.#path = path
  }

  /** True where the buffer has to be flushed. */
  take(prefix: number, own: number): boolean {
    if (prefix < this.#prefix || (prefix === this.#prefix && own < this.#own)) throw unsorted(this.#path)
    if (prefix !== this.#prefix) {
      if (prefix !== this.#prefix + 1) throw incomplete(this.#path, this.#prefix + 1)
      this.#offsets[prefix] = this.rows
      this.#prefix = prefix
    }
    this.#own = own
    this.#buffer.writeUIntBE(own, this.#filled, rowLength)
    this.#filled += rowLength
    this.rows += 1
    return this.#filled === this.#buffer.length
  }

  async flush(): Promise<void> {
    await this.#file.write(this.#buffer, 0, this.#filled, this.#at)
    this.#at += this.#filled
    this.#filled = 0
  }

  async end(): Promise<void> {
    if (this.#prefix !== ranges - 1) throw incomplete(this.#path, this.#prefix + 1)
    await this.flush()
    const head = Buffer.alloc(rowsAt)
    head.write(magic, 'latin1')
    head.writeBigUInt64BE(BigInt(this.rows), 8)
    this.#offsets.forEach((offset, prefix) => {
      head.writeUInt32BE(offset, headLength + prefix * 4)
    })
    await this.#file.write(head, 0, head.length, 0)
    await this.#file.sync()
  }
}

const named = (prefix: number): string => prefix.toString(16).toUpperCase().padStart(5, '0')

const incomplete = (path: string, prefix: number): Trouble =>
  badLeaks(
    path,
    text(`unvollständig, Bereich ${named(prefix)} fehlt`, `not complete, range ${named(prefix)} is missing`),
    text('Den Download zu Ende führen', 'Finish the download'),
  )

const [newline, carriage, colon, zero, nine] = [10, 13, 58, 48, 57]

/**
 * Every row of one sorted file, byte by byte: tens of gigabytes are read here.
 * Rows with count 0 are padding, rows of NTLM's length are passed over as where it is searched.
 */
const readWhole = async (path: string, size: number, writer: Writer, progress: (share: number) => void) => {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(4 * 1024 * 1024)
    let kept = 0
    let at = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, kept, buffer.length - kept, at).catch(() => {
        throw unreadable(path)
      })
      const end = kept + bytesRead
      at += bytesRead
      let from = 0
      for (;;) {
        let to = buffer.indexOf(newline, from)
        if (to < 0 || to >= end) {
          if (bytesRead > 0 || from >= end) break
          to = end
        }
        if (row(buffer, from, to, writer, path, at - end + from)) await writer.flush()
        from = to + 1
      }
      if (bytesRead === 0) return
      kept = Math.max(0, end - from)
      if (kept > 1000) throw damaged(path, `Byte ${at - kept}`)
      buffer.copy(buffer, 0, from, end)
      progress(at / size)
    }
  } finally {
    await file.close()
  }
}

const row = (buffer: Buffer, begin: number, end: number, writer: Writer, path: string, at: number): boolean => {
  let from = begin
  while (buffer[from] === 0xef && buffer[from + 1] === 0xbb && buffer[from + 2] === 0xbf) from += 3
  const to = buffer[end - 1] === carriage ? end - 1 : end
  if (to <= from) return false
  let [prefix, own, letter] = [0, 0, from]
  for (; letter < to && buffer[letter] !== colon; letter++) {
    const value = values[buffer[letter]!]!
    if (value < 0) throw damaged(path, `Byte ${at}`)
    if (letter < from + 5) prefix = prefix * 16 + value
    else if (letter < from + 17) own = own * 16 + value
  }
  const length = letter - from
  if (letter + 1 >= to || (length !== 40 && length !== 32)) throw damaged(path, `Byte ${at}`)
  let some = false
  for (letter += 1; letter < to; letter++) {
    if (buffer[letter]! < zero || buffer[letter]! > nine) throw damaged(path, `Byte ${at}`)
    if (buffer[letter] !== zero) some = true
  }
  return length === 40 && some && writer.take(prefix, own)
}

/** Files that are read at once: each by itself would mostly be waited for. */
const together = 64

const readRanges = async (path: string, writer: Writer, progress: (share: number) => void) => {
  const folder = await folderAt(path)
  for (let from = 0; from < ranges; from += together) {
    const some = Array.from({ length: together }, (_, at) => folder.rowsOf(named(from + at)))
    for (const [at, rows] of (await Promise.all(some)).entries()) {
      if (rows === null) throw incomplete(path, from + at)
      folder.check(named(from + at), rows)
      for (const { hash } of rows)
        if (writer.take(from + at, Number.parseInt(hash.slice(0, 12), 16))) await writer.flush()
    }
    progress(from / ranges)
  }
}

const cannotWrite = (path: string, error: unknown): Trouble => {
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC'
  const hint: Text = full
    ? text('Dort ist kein Platz mehr; anderswohin: --output DATEI', 'There is no space left; elsewhere: --output FILE')
    : text('Anderswohin: --output DATEI', 'Elsewhere: --output FILE')
  return new Trouble('bad-output', text(`${path} lässt sich nicht schreiben`, `${path} cannot be written`), hint, error)
}

/**
 * Makes the compact form of a list beside it or where `to` says, and opens it once. `progress` gets the share that is
 * done. Throws Trouble `bad-leaks` where the list is not complete or not in order, `bad-output`.
 */
export const packLeaks = async (path: string, to: string, progress: (share: number) => void): Promise<Packed> => {
  const { folder, size } = await leakPlace(path)
  // what is no list at all is named by the same words as where it is searched
  const list = await openLeaks(path)
  await list.close()
  if (list.packed)
    throw badLeaks(path, text('schon gepackt', 'packed already'), text('So verwenden: --leaks', 'Use it: --leaks'))
  const aside = `${to}.part-${process.pid}`
  const file = await open(aside, 'wx+', 0o644).catch(error => {
    throw cannotWrite(to, error)
  })
  try {
    const writer = new Writer(file, path)
    await (folder ? readRanges(path, writer, progress) : readWhole(path, size, writer, progress))
    await writer.end()
    const bytes = rowsAt + writer.rows * rowLength
    await openCompact(aside, file, bytes)
    await file.close()
    await rename(aside, to)
    return { rows: writer.rows, bytes }
  } catch (error) {
    await file.close().catch(() => {})
    await rm(aside, { force: true })
    throw error instanceof Trouble ? error : cannotWrite(to, error)
  }
}
