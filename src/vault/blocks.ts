import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { text } from '../model/text.js'
import { Reader, u32, u64 } from './bytes.js'
import { damaged } from './refusals.js'

// The content lies in blocks, each with a check of its own: an HMAC under the key in KDBX 4, a bare hash in 3.1. The
// last one is empty, and checked like the others: without it a file could be cut at any block.

const where = text('Inhalt', 'content')
const size = 1024 * 1024

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

/** The key of one block's HMAC; the header has the number 2^64 - 1. */
export const hmacKey = (base: Buffer, number: bigint): Buffer =>
  createHash('sha512').update(u64(number)).update(base).digest()

const hmacOf = (base: Buffer, number: bigint, data: Buffer): Buffer =>
  createHmac('sha256', hmacKey(base, number)).update(u64(number)).update(u32(data.length)).update(data).digest()

/** KDBX 4. Throws Trouble `bad-vault`. */
export const readHmacBlocks = (bytes: Buffer, base: Buffer): Buffer => {
  const reader = new Reader(bytes, where)
  const blocks: Buffer[] = []
  for (let number = 0n; ; number++) {
    const hmac = reader.take(32)
    const data = reader.take(reader.u32())
    if (!timingSafeEqual(hmac, hmacOf(base, number, data))) throw damaged(where)
    if (data.length === 0) return Buffer.concat(blocks)
    blocks.push(data)
  }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  yield Buffer.alloc(0)
}

export const writeHmacBlocks = (bytes: Buffer, base: Buffer): Buffer =>
  Buffer.concat([...pieces(bytes)].flatMap((data, at) => [hmacOf(base, BigInt(at), data), u32(data.length), data]))

/** KDBX 3.1. Throws Trouble `bad-vault`. */
export const readHashBlocks = (bytes: Buffer): Buffer => {
  const reader = new Reader(bytes, where)
  const blocks: Buffer[] = []
  for (let number = 0; ; number++) {
    if (reader.u32() !== number) throw damaged(where)
    const hash = reader.take(32)
    const data = reader.take(reader.u32())
    if (!hash.equals(data.length === 0 ? Buffer.alloc(32) : sha256(data))) throw damaged(where)
    if (data.length === 0) return Buffer.concat(blocks)
    blocks.push(data)
  }
}

export const writeHashBlocks = (bytes: Buffer): Buffer =>
  Buffer.concat(
    [...pieces(bytes)].flatMap((data, at) => [
      u32(at),
      data.length === 0 ? Buffer.alloc(32) : sha256(data),
      u32(data.length),
      data,
    ]),
  )
