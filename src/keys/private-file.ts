import { createPublicKey } from 'node:crypto'
import type { PrivateKeyFacts } from '../model/facts.js'
import { parsePublicKey } from './public-key.js'

/** One private key as its file's content tells it. Nothing of its secret part is kept. */
export type PrivateKey = Omit<PrivateKeyFacts, 'account' | 'path'> & { readonly line: number }

/** Windows and editors leave UTF-16, a byte order mark, CRLF; a key in such a file is a key all the same. */
const wordsOf = (bytes: Buffer): string => {
  const [first, second, third] = bytes
  const utf16 = (big: boolean, from: number) => {
    const even = bytes.subarray(from, bytes.length - ((bytes.length - from) % 2))
    return (big ? Buffer.from(even).swap16() : even).toString('utf16le')
  }
  if (first === 0xff && second === 0xfe) return utf16(false, 2)
  if (first === 0xfe && second === 0xff) return utf16(true, 2)
  if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.subarray(3).toString('latin1')
  // without a mark: plain letters with a zero beside each
  const head = bytes.subarray(0, 256)
  const zeros = (odd: number) => head.filter((byte, at) => at % 2 === odd && byte === 0).length
  if (head.length >= 8 && zeros(1) >= head.length * 0.45) return utf16(false, 0)
  if (head.length >= 8 && zeros(0) >= head.length * 0.45) return utf16(true, 0)
  return bytes.toString('latin1')
}

const dark: Omit<PrivateKey, 'line'> = {
  format: 'unknown',
  encrypted: false,
  type: 'unknown',
  bits: 0,
  fingerprint: '',
}

type Known = Pick<PrivateKey, 'type' | 'bits' | 'fingerprint'>

const nothingKnown: Known = { type: 'unknown', bits: 0, fingerprint: '' }

const shortNames: Readonly<Record<string, string>> = { 'ssh-rsa': 'rsa', 'ssh-dss': 'dsa' }

/** As `ssh-keygen -l` would call it, from a blob (RFC 4253 6.6). */
const knownOf = (blob: Buffer): Known => {
  const type = blob.length >= 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1') : ''
  const key = parsePublicKey(`${type} ${blob.toString('base64')}`)
  if (!key) return nothingKnown
  const plain = key.type.replace(/@openssh\.com$/, '')
  const name =
    shortNames[plain] ??
    plain
      .replace(/^sk-(?:ssh-)?(.*)$/, '$1-sk')
      .replace(/^ssh-/, '')
      .replace(/-sha2-nistp\d+/, '')
  return { type: name, bits: key.bits, fingerprint: key.fingerprint }
}

/** A `.pub` file's line, where a locked file shows nothing of its key. */
export const knownFromPublic = (line: string): Known => {
  const key = parsePublicKey(line)
  return key ? knownOf(Buffer.from(key.blob, 'base64')) : nothingKnown
}

/** Reads length-prefixed strings (RFC 4251 5); null where the blob ends too early. */
class Reader {
  #at = 0
  readonly #bytes: Buffer
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  number(): number {
    this.#at += 4
    if (this.#at > this.#bytes.length) throw new RangeError('ends too early')
    return this.#bytes.readUInt32BE(this.#at - 4)
  }
  string(): Buffer {
    return this.take(this.number())
  }
  take(length: number): Buffer {
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('ends too early')
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

const string = (bytes: Buffer | string): Buffer => {
  const content = Buffer.from(bytes as Buffer)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}
const whole = (bytes: Buffer): Buffer => {
  let at = 0
  while (at < bytes.length && bytes[at] === 0) at++
  const bare = bytes.subarray(at)
  return string((bare[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bare]) : bare)
}

/** PROTOCOL.key of OpenSSH: the public half stands in front of what is locked. */
const openssh = (body: Buffer): Omit<PrivateKey, 'line'> => {
  const magic = 'openssh-key-v1\0'
  if (body.subarray(0, magic.length).toString('latin1') !== magic) return dark
  const reader = new Reader(body.subarray(magic.length))
  const encrypted = reader.string().toString('latin1') !== 'none'
  try {
    reader.string()
    reader.string()
    reader.number()
    return { format: 'openssh', encrypted, ...knownOf(reader.string()) }
  } catch {
    // cut short behind its head: what the head says still holds
    return { format: 'openssh', encrypted, ...nothingKnown }
  }
}

const curves: Readonly<Record<string, string>> = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }

/** The public half of an unlocked key in one of OpenSSL's forms; nothing where Node does not know the kind. */
const fromOpenssl = (pem: string, label: string): Known => {
  try {
    const key = createPublicKey(pem)
    const jwk = key.asymmetricKeyType === 'dsa' ? {} : (key.export({ format: 'jwk' }) as Record<string, string>)
    const part = (name: string) => Buffer.from(jwk[name] ?? '', 'base64url')
    if (jwk['kty'] === 'RSA') return knownOf(Buffer.concat([string('ssh-rsa'), whole(part('e')), whole(part('n'))]))
    if (jwk['crv'] === 'Ed25519') return knownOf(Buffer.concat([string('ssh-ed25519'), string(part('x'))]))
    const curve = curves[jwk['crv'] ?? '']
    if (curve !== undefined) {
      const point = Buffer.concat([Buffer.from([4]), part('x'), part('y')])
      return knownOf(Buffer.concat([string(`ecdsa-sha2-${curve}`), string(curve), string(point)]))
    }
    const { asymmetricKeyType, asymmetricKeyDetails } = key
    return { type: asymmetricKeyType ?? 'unknown', bits: asymmetricKeyDetails?.modulusLength ?? 0, fingerprint: '' }
  } catch {
    return { ...nothingKnown, type: labels[label] ?? 'unknown' }
  }
}

const labels: Readonly<Record<string, string>> = { RSA: 'rsa', DSA: 'dsa', EC: 'ecdsa' }

/** ssh.com's form (RFC 4716 has only its public half): magic, kind, cipher. It says ENCRYPTED even when it is not. */
const sshCom = (body: Buffer): Omit<PrivateKey, 'line'> => {
  const reader = new Reader(body)
  if (reader.number() !== 0x3f6ff9eb) return dark
  reader.number()
  const kind = reader.string().toString('latin1')
  const encrypted = reader.string().toString('latin1') !== 'none'
  const type = kind.startsWith('if-modn') ? 'rsa' : kind.startsWith('dl-modp') ? 'dsa' : 'unknown'
  const locked = { format: 'ssh.com', encrypted, ...nothingKnown, type } as const
  if (encrypted || type !== 'rsa') return locked
  try {
    // unlocked, the numbers stand there with their lengths in bits: e, d, n
    const numbers = new Reader(reader.string())
    numbers.number()
    const mp = () => numbers.take(Math.ceil(numbers.number() / 8))
    const e = mp()
    mp()
    return { ...locked, ...knownOf(Buffer.concat([string('ssh-rsa'), whole(e), whole(mp())])) }
  } catch {
    return locked
  }
}

/** PuTTY's form: everything but the secret part is in the clear. */
const putty = (words: string): Omit<PrivateKey, 'line'> => {
  const [, version] = /^PuTTY-User-Key-File-(\d+):/.exec(words) ?? []
  const cipher = /^Encryption: *(\S+)/m.exec(words)?.[1]
  const lines = words.split('\n')
  const at = lines.findIndex(line => /^Public-Lines:/.test(line))
  const count = Number(/(\d+)/.exec(lines[at] ?? '')?.[1] ?? 0)
  const blob = Buffer.from(lines.slice(at + 1, at + 1 + Math.min(count, 200)).join(''), 'base64')
  if (cipher === undefined) return dark
  return { format: version === '3' ? 'putty-3' : 'putty-2', encrypted: cipher !== 'none', ...knownOf(blob) }
}

/** The form of SSH 1: a magic word, the cipher, and the size. */
const ssh1 = (bytes: Buffer): PrivateKey | null => {
  const magic = 'SSH PRIVATE KEY FILE FORMAT 1.1\n\0'
  if (bytes.length < magic.length + 9 || bytes.subarray(0, magic.length).toString('latin1') !== magic) return null
  const encrypted = bytes[magic.length] !== 0
  return {
    line: 1,
    format: 'ssh-1',
    encrypted,
    type: 'rsa1',
    bits: bytes.readUInt32BE(magic.length + 5),
    fingerprint: '',
  }
}

/** `Name: value` lines in front of the body; one that ends with a backslash goes on. */
const headOf = (block: string): string => {
  const lines = block.split('\n', 200)
  let at = 0
  while (/^[A-Za-z-]+: /.test(lines[at] ?? '')) {
    while (lines[at]?.endsWith('\\')) at++
    at++
  }
  return lines
    .slice(0, at)
    .map(line => `${line}\n`)
    .join('')
}

const pemOf = (label: string, body: Buffer): string => {
  const name = `${label === '' ? '' : `${label} `}PRIVATE KEY`
  const lines = body.toString('base64').match(/.{1,64}/g)!
  return `-----BEGIN ${name}-----\n${lines.join('\n')}\n-----END ${name}-----\n`
}

/** Does an unlocked key begin so: a sequence whose first member is its version? Whatever is locked begins otherwise. */
const beginsBare = (body: Buffer): boolean =>
  /^\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01[\x00\x01]/s.test(body.subarray(0, 8).toString('latin1'))

const armoured = (label: string, block: string): Omit<PrivateKey, 'line'> => {
  const head = headOf(block)
  const body = Buffer.from(block.slice(head.length).replace(/[^A-Za-z0-9+/=]/g, ''), 'base64')
  if (label === 'OPENSSH') return openssh(body)
  if (label === 'SSH2 ENCRYPTED') return sshCom(body)
  // DER begins with a sequence: anything else under this heading is no key that can be told
  const isKey = body[0] === 0x30 && body.length > 16
  // it says so, and is not
  const bare = beginsBare(body)
  if (label === 'ENCRYPTED') {
    if (bare) return { format: 'pkcs8', encrypted: false, ...fromOpenssl(pemOf('', body), '') }
    return isKey ? { format: 'pkcs8', encrypted: true, ...nothingKnown } : dark
  }
  if (label !== '' && labels[label] === undefined) return dark
  const format = label === '' ? 'pkcs8' : 'pem'
  if (!bare && (/^Proc-Type:.*ENCRYPTED/m.test(head) || /^DEK-Info:/m.test(head)))
    return { format, encrypted: true, ...nothingKnown, type: labels[label] ?? 'unknown' }
  if (!isKey) return dark
  return { format, encrypted: false, ...fromOpenssl(pemOf(label, body), label) }
}

/** Would it be cut short, or rubbish: never a crash, and never taken for locked. */
const safely = (read: () => Omit<PrivateKey, 'line'>): Omit<PrivateKey, 'line'> => {
  try {
    return read()
  } catch {
    return dark
  }
}

/** A file with more keys than this is not told to the end. */
const most = 100

/** A key is this long at most, with lines of any length. */
const longest = 64 * 1024

/**
 * A key within a line, as `.env` files, JSON and quoted mails have it: only where it can be told, for whoever writes about
 * keys has the heading too. `rest`: what follows the heading.
 */
const within = (label: string, rest: string): Omit<PrivateKey, 'line'> | null => {
  const [block = ''] = rest.slice(0, longest).split('-----', 1)
  const key = safely(() => armoured(label, block.replace(/\\[rn]/g, '\n').replace(/^[ \t>]*\n?/gm, '')))
  return key.format === 'unknown' ? null : key
}

/**
 * Every private key in a file, whatever its name: by its content. `unknown` = it begins like one and cannot be told.
 * Takes all of the file's bytes; gives an empty list for what holds none.
 */
export const privateKeysIn = (bytes: Buffer): PrivateKey[] => {
  const old = ssh1(bytes)
  if (old) return [old]
  const words = wordsOf(bytes).replaceAll('\r\n', '\n').replaceAll('\r', '\n')
  const found: PrivateKey[] = []
  const begins =
    /^[ \t]*(?:-----BEGIN ([A-Z0-9 ]{0,30}?) ?PRIVATE KEY-----|---- BEGIN (SSH2 ENCRYPTED) PRIVATE KEY ----|PuTTY-User-Key-File-\d+:)|-----BEGIN ([A-Z0-9 ]{0,30}?) ?PRIVATE KEY-----/gm
  for (const start of words.matchAll(begins)) {
    if (found.length === most) return [...found, { line: 0, ...dark }]
    const rest = words.slice(start.index + start[0].length)
    const inner = start[3] === undefined ? null : within(start[3].trim(), rest)
    if (start[3] !== undefined && inner === null) continue
    const line = words.slice(0, start.index).split('\n').length
    if (inner !== null) {
      found.push({ line, ...inner })
      continue
    }
    if (start[1] === undefined && start[2] === undefined) {
      found.push({ line, ...safely(() => putty(words.slice(start.index).trimStart())) })
      continue
    }
    const end = rest.search(/^[ \t]*-{4,5} ?(?:BEGIN|END) /m)
    const block = (end < 0 ? rest : rest.slice(0, end)).replace(/^[ \t]*\n/, '').replace(/^[ \t]+/gm, '')
    found.push({ line, ...safely(() => armoured((start[1] ?? start[2]!).trim(), block)) })
  }
  return found
}

/**
 * The only key of a file as ssh-keygen reads it: plain letters, no CRLF, no remark, with its last newline. Null where it
 * holds none or several, or one of a form that ssh-keygen does not rewrite.
 */
export const plainForm = (bytes: Buffer): string | null => {
  const words = wordsOf(bytes).replaceAll('\r\n', '\n').replaceAll('\r', '\n')
  const blocks = [
    ...words.matchAll(
      /^[ \t]*(-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----\n[\s\S]*?\n)[ \t]*-----END \2PRIVATE KEY-----/gm,
    ),
  ]
  const [only] = blocks
  if (!only || privateKeysIn(bytes).length !== 1) return null
  return `${only[1]!.replace(/^[ \t]+/gm, '')}-----END ${only[2]}PRIVATE KEY-----\n`
}
