import { createHash, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { writeHashBlocks, writeHmacBlocks } from './blocks.js'
import { u32 } from './bytes.js'
import { encrypt, ivLength } from './cipher.js'
import { type Field, fieldOf, type Header, withFields, writeHeader } from './header.js'
import { headerHmac, innerIds, keysOf, type Vault } from './read.js'
import { type Stream, streamOf } from './stream.js'
import { type Document, element, say, serialize } from './xml.js'

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

const packed = (header: Header, bytes: Buffer): Buffer =>
  fieldOf(header, 'compression', 4).readUInt32LE() === 1 ? gzipSync(bytes) : bytes

const bytesOf = (document: Document, stream: Stream): Buffer => serialize(document, stream)

/** KDBX 4 around a content that is packed already. */
export const sealFour = (header: Header, key: Buffer, content: Buffer): Buffer => {
  const keys = keysOf(header, key)
  const bytes = writeHeader(header)
  const body = writeHmacBlocks(encrypt(header, keys.content, content), keys.hmac)
  return Buffer.concat([bytes, sha256(bytes), headerHmac(keys.hmac, bytes), body])
}

const four = ({ header: old, key, inner: before, document }: Vault): Buffer => {
  const header = withFields(old, { masterSeed: randomBytes(32), iv: randomBytes(ivLength(old)) })
  const streamKey = randomBytes(64)
  const inner = before.map(field => (field.id === innerIds.streamKey ? { id: field.id, data: streamKey } : field))
  const id = inner.find(field => field.id === innerIds.stream)!.data.readUInt32LE()
  const begin = inner.flatMap(({ id, data }: Field) => [Buffer.from([id]), u32(data.length), data])
  const content = Buffer.concat([...begin, bytesOf(document, streamOf(id, streamKey))])
  return sealFour(header, key, packed(header, content))
}

const three = ({ header: old, key, document }: Vault): Buffer => {
  const [streamKey, startBytes] = [randomBytes(32), randomBytes(32)]
  const header = withFields(old, {
    masterSeed: randomBytes(32),
    iv: randomBytes(ivLength(old)),
    streamKey,
    startBytes,
  })
  const bytes = writeHeader(header)
  const hash = element(element(document.root, 'Meta'), 'HeaderHash')
  if (hash) say(hash, sha256(bytes).toString('base64'))
  const id = fieldOf(header, 'innerStream', 4).readUInt32LE()
  const blocks = writeHashBlocks(packed(header, bytesOf(document, streamOf(id, streamKey))))
  return Buffer.concat([bytes, encrypt(header, keysOf(header, key).content, Buffer.concat([startBytes, blocks]))])
}

/**
 * An open vault as the bytes of a file, in its own format, under the same password: seeds and stream keys are new, all
 * else is as it was, known to Riegel or not.
 */
export const seal = (vault: Vault): Buffer => (vault.header.major === 4 ? four(vault) : three(vault))
