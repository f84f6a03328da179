import { same, text } from '../model/text.js'
import { Reader, u16, u32 } from './bytes.js'
import { damaged, noVault, unsupported } from './refusals.js'

/** The fields of the outer header that Riegel knows; the others are kept as they are. */
export const fieldIds = {
  end: 0,
  cipher: 2,
  compression: 3,
  masterSeed: 4,
  transformSeed: 5,
  transformRounds: 6,
  iv: 7,
  streamKey: 8,
  startBytes: 9,
  innerStream: 10,
  kdf: 11,
} as const

export interface Field {
  readonly id: number
  readonly data: Buffer
}

/** What stands in the clear before everything else. */
export interface Header {
  readonly major: 3 | 4
  readonly minor: number
  readonly fields: readonly Field[]
}

const signature = 0x9aa2d903
const kdbx = 0xb54bfb67
/** KeePass 1, and the trial versions of KeePass 2 */
const older = [0xb54bfb65, 0xb54bfb66]
const where = text('Kopf', 'header')

/** Reads the header; `length`: where it ends. Throws Trouble `no-vault`, `unsupported-vault`, `bad-vault`. */
export const readHeader = (file: Buffer): { readonly header: Header; readonly length: number } => {
  if (file.length < 12 || file.readUInt32LE(0) !== signature) throw noVault()
  const kind = file.readUInt32LE(4)
  if (older.includes(kind)) throw unsupported(text('KeePass 1 (.kdb)', 'KeePass 1 (.kdb)'))
  if (kind !== kdbx) throw noVault()
  const reader = new Reader(file, where)
  reader.take(8)
  const minor = reader.u16()
  const major = reader.u16()
  if (major !== 3 && major !== 4) throw unsupported(same(`KDBX ${major}.${minor}`))
  const fields: Field[] = []
  for (;;) {
    const id = reader.u8()
    const data = reader.take(major === 4 ? reader.u32() : reader.u16())
    fields.push({ id, data })
    if (id === fieldIds.end) break
    if (fields.length > 1000) throw damaged(where)
  }
  return { header: { major, minor, fields }, length: reader.at }
}

export const writeHeader = ({ major, minor, fields }: Header): Buffer =>
  Buffer.concat([
    u32(signature),
    u32(kdbx),
    u16(minor),
    u16(major),
    ...fields.flatMap(({ id, data }) => [Buffer.from([id]), major === 4 ? u32(data.length) : u16(data.length), data]),
  ])

/** A field's data. Throws Trouble `bad-vault` where it is missing or has another length than it must have. */
export const fieldOf = ({ fields }: Header, name: keyof typeof fieldIds, length?: number): Buffer => {
  const data = fields.findLast(({ id }) => id === fieldIds[name])?.data
  if (data === undefined || (length !== undefined && data.length !== length)) throw damaged(where)
  return data
}

/** The same header with some fields replaced, in their places. */
export const withFields = (header: Header, changed: Partial<Record<keyof typeof fieldIds, Buffer>>): Header => ({
  ...header,
  fields: header.fields.map(field => {
    const [, data] =
      Object.entries(changed).find(([name]) => fieldIds[name as keyof typeof fieldIds] === field.id) ?? []
    return data === undefined ? field : { id: field.id, data }
  }),
})
