import { createHash } from 'node:crypto'
import type { KeyFacts } from '../model/facts.js'

const keyTypes =
  /^((?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)(?:-cert-v01@openssh\.com)?)\s+([A-Za-z0-9+/]+={0,3})(?:\s+(.*))?$/

const strings = (blob: Buffer): Buffer[] => {
  const parts: Buffer[] = []
  for (let at = 0; at + 4 <= blob.length; ) {
    const length = blob.readUInt32BE(at)
    if (at + 4 + length > blob.length) break
    parts.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return parts
}

const bitLength = (number: Buffer | undefined): number => {
  if (number === undefined) return 0
  let at = 0
  while (at < number.length && number[at] === 0) at++
  return at === number.length ? 0 : (number.length - at) * 8 - Math.clz32(number[at]!) + 24
}

/** Bits of the key in a public blob (RFC 4253 6.6, RFC 5656, RFC 8709): modulus of RSA, p of DSA, curve size else. */
const bitsOf = (type: string, blob: Buffer): number => {
  const parts = strings(blob)
  if (type.startsWith('ssh-rsa')) return bitLength(parts[type.includes('-cert-') ? 3 : 2])
  if (type.startsWith('ssh-dss')) return bitLength(parts[type.includes('-cert-') ? 2 : 1])
  const curve = /nistp(\d+)/.exec(type)
  return curve ? Number(curve[1]) : 256
}

export interface PublicKey extends KeyFacts {
  /** the blob in base64, as it stands in the line */
  readonly blob: string
  /** what stood before the key type: authorized_keys options */
  readonly options: string
}

/** Where the options end: at the first blank that is not in quotes, of which `\"` is none (sshkey_advance_past_options). */
const pastOptions = (line: string): number => {
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\' && line[at + 1] === '"') at++
    else if (line[at] === '"') quoted = !quoted
    else if (!quoted && /\s/.test(line[at]!)) return at
  }
  return line.length
}

/**
 * Reads one line of authorized_keys, known_hosts or a .pub file (sshd(8), AUTHORIZED_KEYS FILE FORMAT), as sshd does: it
 * begins with the key or with one word of options (or names), after a marker in known_hosts.
 * Takes the line and the path it came from; gives null for anything that is not a key.
 */
export const parsePublicKey = (line: string, path = ''): PublicKey | null => {
  const words = line.trim().replace(/^@\S+\s+/, '')
  const options = keyTypes.test(words) ? '' : words.slice(0, pastOptions(words))
  const found = keyTypes.exec(words.slice(options.length).trimStart())
  if (!found) return null
  const [, type = '', base64 = '', comment = ''] = found
  const blob = Buffer.from(base64, 'base64')
  if (strings(blob)[0]?.toString('latin1') !== type) return null
  return {
    type,
    bits: bitsOf(type, blob),
    fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
    comment,
    path,
    blob: base64,
    options,
  }
}
