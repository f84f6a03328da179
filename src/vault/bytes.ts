import type { Text } from '../model/text.js'
import { damaged } from './refusals.js'

/** Reads a file's bytes in order; what would reach beyond their end is damage, never a crash. */
export class Reader {
  readonly #bytes: Buffer
  readonly #where: Text
  at = 0

  constructor(bytes: Buffer, where: Text) {
    this.#bytes = bytes
    this.#where = where
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  take(length: number): Buffer {
    if (length > this.left) throw damaged(this.#where)
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  u8 = (): number => this.take(1).readUInt8()
  u16 = (): number => this.take(2).readUInt16LE()
  u32 = (): number => this.take(4).readUInt32LE()
}

export const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}
