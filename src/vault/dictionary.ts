import { text } from '../model/text.js'
import { Reader, u16, u32, u64 } from './bytes.js'
import { damaged } from './refusals.js'

/** KDBX 4's typed map (VariantDictionary). Numbers of 64 bits stay bigint: a header may say anything. */
export type Value = { readonly type: number; readonly data: Buffer }
export type Dictionary = ReadonlyMap<string, Value>

const types = { end: 0, uint32: 4, uint64: 5, bytes: 0x42 } as const
const where = text('Schlüsselableitung', 'key derivation')

/** Throws Trouble `bad-vault`. */
export const readDictionary = (bytes: Buffer): Dictionary => {
  const reader = new Reader(bytes, where)
  // only the high byte is critical
  if (reader.u16() >> 8 !== 1) throw damaged(where)
  const values = new Map<string, Value>()
  for (;;) {
    const type = reader.u8()
    if (type === types.end) return values
    const name = reader.take(reader.u32()).toString('utf8')
    values.set(name, { type, data: reader.take(reader.u32()) })
  }
}

export const writeDictionary = (values: Dictionary): Buffer =>
  Buffer.concat([
    u16(0x0100),
    ...[...values].flatMap(([name, { type, data }]) => {
      const word = Buffer.from(name)
      return [Buffer.from([type]), u32(word.length), word, u32(data.length), data]
    }),
    Buffer.from([types.end]),
  ])

export const uint32 = (value: number): Value => ({ type: types.uint32, data: u32(value) })
export const uint64 = (value: bigint): Value => ({ type: types.uint64, data: u64(value) })
export const bytes = (data: Buffer): Value => ({ type: types.bytes, data })

/** An unsigned number of 32 or 64 bits. Throws Trouble `bad-vault`. */
export const numberOf = (values: Dictionary, name: string): bigint => {
  const value = values.get(name)
  if (value?.data.length === 4) return BigInt(value.data.readUInt32LE())
  if (value?.data.length === 8) return value.data.readBigUInt64LE()
  throw damaged(where)
}

/** Throws Trouble `bad-vault` where it is missing. */
export const bytesOf = (values: Dictionary, name: string): Buffer => {
  const value = values.get(name)
  if (value === undefined) throw damaged(where)
  return value.data
}
