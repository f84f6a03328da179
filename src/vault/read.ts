import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { hmacKey, readHashBlocks, readHmacBlocks } from './blocks.js'
import { Reader } from './bytes.js'
import { decrypt, decryptStart, ivLength } from './cipher.js'
import { type Credentials, compositeOf } from './credentials.js'
import { type Field, fieldOf, type Header, readHeader } from './header.js'
import { derive, type Kdf, kdfOf } from './kdf.js'
import { damaged, wrongKey } from './refusals.js'
import { streamOf } from './stream.js'
import { unpack } from './unpack.js'
import { type Document, element, isProtected, parse, textOf, walk } from './xml.js'

/** An open vault: everything that stood in the file, so that it can be written back. */
export interface Vault {
  readonly header: Header
  readonly kdf: Kdf
  /** the derived key, kept for writing back under the same password; it is as secret as the password */
  readonly key: Buffer
  /** KDBX 4's inner header: stream, attachments, and what nobody knows */
  readonly inner: readonly Field[]
  readonly document: Document
}

export const innerIds = { end: 0, stream: 1, streamKey: 2 } as const
export const headerNumber = 2n ** 64n - 1n

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()
const innerWhere = text('innerer Kopf', 'inner header')

/** The keys of content and of its HMACs. */
export const keysOf = (header: Header, key: Buffer): { readonly content: Buffer; readonly hmac: Buffer } => {
  const seed = fieldOf(header, 'masterSeed', 32)
  const both = Buffer.concat([seed, key])
  return {
    content: sha256(both),
    hmac: createHash('sha512')
      .update(both)
      .update(Buffer.from([1]))
      .digest(),
  }
}

export const headerHmac = (hmac: Buffer, header: Buffer): Buffer =>
  createHmac('sha256', hmacKey(hmac, headerNumber)).update(header).digest()

const readInner = (bytes: Buffer): { readonly inner: Field[]; readonly length: number } => {
  const reader = new Reader(bytes, innerWhere)
  const inner: Field[] = []
  for (;;) {
    const id = reader.u8()
    inner.push({ id, data: reader.take(reader.u32()) })
    if (id === innerIds.end) return { inner, length: reader.at }
  }
}

/** Shows the protected values of a document, in their order. Throws Trouble `bad-vault`, `unsupported-vault`. */
const reveal = (document: Document, id: Buffer | undefined, key: Buffer | undefined): Document => {
  if (id?.length !== 4 || key === undefined) throw damaged(innerWhere)
  const stream = streamOf(id.readUInt32LE(), key)
  for (const one of walk(document.root)) {
    if (one.inside.length === 0 || !isProtected(one)) continue
    one.secret = stream(Buffer.from(textOf(one), 'base64'))
    one.inside.length = 0
  }
  return document
}

const isZipped = (header: Header): boolean => {
  const flag = fieldOf(header, 'compression', 4).readUInt32LE()
  if (flag > 1) throw damaged(text('Kompression', 'compression'))
  return flag === 1
}

const openFour = async (file: Buffer, length: number, header: Header, key: Buffer) => {
  const { content, hmac } = keysOf(header, key)
  const reader = new Reader(file, text('Kopf', 'header'))
  reader.take(length + 32)
  if (!timingSafeEqual(reader.take(32), headerHmac(hmac, file.subarray(0, length)))) throw wrongKey()
  const packed = decrypt(header, content, readHmacBlocks(file.subarray(reader.at), hmac))
  const bytes = isZipped(header) ? await unpack(packed) : packed
  const { inner, length: start } = readInner(bytes)
  const field = (id: number) => inner.find(one => one.id === id)?.data
  const document = parse(bytes.subarray(start))
  return { inner, document: reveal(document, field(innerIds.stream), field(innerIds.streamKey)) }
}

const openThree = async (file: Buffer, length: number, header: Header, key: Buffer) => {
  const encrypted = file.subarray(length)
  if (encrypted.length < 64) throw damaged(text('Inhalt', 'content'))
  const begin = fieldOf(header, 'startBytes', 32)
  const { content } = keysOf(header, key)
  const start = decryptStart(header, content, encrypted).subarray(0, 32)
  if (start.length < 32 || !timingSafeEqual(start, begin)) throw wrongKey()
  const bytes = decrypt(header, content, encrypted)
  const blocks = readHashBlocks(bytes.subarray(32))
  const document = parse(isZipped(header) ? await unpack(blocks) : blocks)
  const hash = textOf(element(element(document.root, 'Meta'), 'HeaderHash')).trim()
  // a flipped stream key would leave titles readable and turn passwords into rubbish that looks strong
  if (hash !== '' && !sha256(file.subarray(0, length)).equals(Buffer.from(hash, 'base64')))
    throw damaged(text('Kopf', 'header'))
  return { inner: [], document: reveal(document, fieldOf(header, 'innerStream'), fieldOf(header, 'streamKey')) }
}

/** What can be told of a file without its password: everything that is refused then. Throws Trouble (see refusals.ts). */
export const inspect = (file: Buffer): { readonly header: Header; readonly length: number; readonly kdf: Kdf } => {
  const { header, length } = readHeader(file)
  ivLength(header)
  isZipped(header)
  fieldOf(header, 'masterSeed', 32)
  if (header.major === 4) {
    const reader = new Reader(file, text('Kopf', 'header'))
    const bytes = reader.take(length)
    if (!reader.take(32).equals(sha256(bytes))) throw damaged(text('Kopf', 'header'))
  }
  return { header, length, kdf: kdfOf(header) }
}

/** Opens a vault from a file's bytes; changes nothing. Throws Trouble (see refusals.ts), `bad-key-file`. */
export const open = async (file: Buffer, credentials: Credentials): Promise<Vault> => {
  const { header, length, kdf } = inspect(file)
  const key = await derive(kdf, compositeOf(credentials))
  const opened = header.major === 4 ? openFour : openThree
  try {
    return { header, kdf, key, ...(await opened(file, length, header, key)) }
  } catch (error) {
    if (error instanceof Trouble) throw error
    // whoever wrote this file knew the key; that Node gives up on it is no reason to crash
    throw new Trouble(
      'bad-vault',
      text('Der Inhalt des Tresors lässt sich nicht lesen', "The vault's content cannot be read"),
      text('Öffnet KeePassXC ihn? Dann bitte melden', 'Does KeePassXC open it? Then please report it'),
      error,
    )
  }
}
