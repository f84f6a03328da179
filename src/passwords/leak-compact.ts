import type { FileHandle } from 'node:fs/promises'
import { type Text, text } from '../model/text.js'
import { badLeaks, damaged, hashOf, type Leaks, readAt } from './leak-rows.js'

/**
 * The compact form, rgl1: the word itself, four bytes of zeros, the number of rows (64 bits), for each of the 2^20 first
 * five digits where its rows begin (32 bits), then of each row the twelve digits that follow (48 bits), rising. Numbers
 * are big-endian. How often a row was seen is not in it.
 */
export const magic = 'rgl1'
export const ranges = 2 ** 20
export const headLength = 16
export const rowLength = 6
export const rowsAt = headLength + ranges * 4

const packAgain = text('Noch einmal packen: riegel leaks pack', 'Pack it again: riegel leaks pack')
const broken = (path: string, what: Text) => badLeaks(path, what, packAgain)

/** How likely it is that a password which is in no leak seems to be in one: rows a range, of 2^48 possible ones. */
export const errorRate = (rows: number): number => rows / ranges / 2 ** 48

/** Two reads a password. Throws Trouble `bad-leaks`. */
export const openCompact = async (path: string, file: FileHandle, size: number): Promise<Leaks> => {
  const read = (at: number, length: number) => readAt(path, file, length, at)
  const rows = Number((await read(8, 8)).readBigUInt64BE())
  if (size !== rowsAt + rows * rowLength)
    throw broken(path, text('die gepackte Liste ist unvollständig', 'the packed list is not complete'))
  /** The twelve digits of every row in a range. */
  const rowsOf = async (prefix: number): Promise<Buffer> => {
    const last = prefix === ranges - 1
    const offsets = await read(headLength + prefix * 4, last ? 4 : 8)
    const from = offsets.readUInt32BE(0)
    const to = last ? rows : offsets.readUInt32BE(4)
    // packed is only what has rows in every range
    if (to <= from || to > rows) throw damaged(path, prefix.toString(16).toUpperCase().padStart(5, '0'))
    return read(rowsAt + from * rowLength, (to - from) * rowLength)
  }
  const look = async (hash: string): Promise<number> => {
    const prefix = hash.slice(0, 5)
    const own = Number.parseInt(hash.slice(5, 17), 16)
    const some = await rowsOf(Number.parseInt(prefix, 16))
    let [before, found] = [-1, 0]
    for (let at = 0; at < some.length; at += rowLength) {
      const row = some.readUIntBE(at, rowLength)
      if (row < before) throw damaged(path, prefix)
      if (row === own) found = 1
      before = row
    }
    return found
  }
  // rows of the list itself must be found before "not found" counts
  for (const prefix of ['00000', '7FFFF', 'FFFFF']) {
    const some = await rowsOf(Number.parseInt(prefix, 16))
    if ((await look(prefix + some.toString('hex', 0, rowLength))) !== 1) throw damaged(path, prefix)
  }
  return { count: password => look(hashOf(password)), close: () => file.close(), packed: true }
}
