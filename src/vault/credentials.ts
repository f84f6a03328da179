import { createHash } from 'node:crypto'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { element, parse, textOf } from './xml.js'

/** What opens a vault: bytes as they were given, for nothing about a password is normalised. null = none. */
export interface Credentials {
  readonly password: Buffer | null
  readonly keyFile: Buffer | null
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

const badKeyFile = (): Trouble =>
  new Trouble(
    'bad-key-file',
    text('Die Schlüsseldatei ist beschädigt', 'The key file is damaged'),
    text('Eine Sicherung der Schlüsseldatei nehmen', 'Take a backup of the key file'),
  )

/** The key in KeePass's own XML form, version 1 or 2; null where the file is no such thing. Throws Trouble `bad-key-file`. */
const fromXml = (bytes: Buffer): Buffer | null => {
  if (bytes.length > 64 * 1024 || !bytes.includes('<KeyFile')) return null
  let root: ReturnType<typeof parse>['root']
  try {
    root = parse(bytes).root
  } catch {
    return null
  }
  if (root.name !== 'KeyFile') return null
  const version = textOf(element(element(root, 'Meta'), 'Version')).trim()
  const data = element(element(root, 'Key'), 'Data')
  const words = textOf(data).replace(/\s/g, '')
  if (version.startsWith('1.')) {
    const key = Buffer.from(words, 'base64')
    if (key.length === 0 || !/^[A-Za-z0-9+/]+=*$/.test(words)) throw badKeyFile()
    return key
  }
  const hash = /\sHash\s*=\s*["']([0-9A-Fa-f]{8})["']/.exec(data?.attributes ?? '')?.[1]
  const key = Buffer.from(words, 'hex')
  if (!version.startsWith('2.') || key.length === 0 || key.length * 2 !== words.length) throw badKeyFile()
  if (hash !== undefined && sha256(key).subarray(0, 4).toString('hex') !== hash.toLowerCase()) throw badKeyFile()
  return key
}

/** A key file is KeePass's XML, 32 bytes, 64 hexadecimal letters, or any file at all. */
const keyOf = (bytes: Buffer): Buffer => {
  const own = fromXml(bytes)
  if (own) return own
  if (bytes.length === 32) return bytes
  if (bytes.length === 64 && /^[0-9A-Fa-f]{64}$/.test(bytes.toString('latin1')))
    return Buffer.from(bytes.toString('latin1'), 'hex')
  return sha256(bytes)
}

/** The 32 bytes that the derivation begins with. Throws Trouble `bad-key-file`. */
export const compositeOf = ({ password, keyFile }: Credentials): Buffer =>
  sha256(Buffer.concat([...(password ? [sha256(password)] : []), ...(keyFile ? [keyOf(keyFile)] : [])]))
