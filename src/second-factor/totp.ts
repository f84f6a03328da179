import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'

/** Seconds for which a code counts (RFC 6238); an app that is told nothing takes this, six digits and SHA-1. */
export const period = 30
export const digits = 6

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 base32 without padding. */
export const toBase32 = (bytes: Buffer): string => {
  let bits = 0
  let value = 0
  let out = ''
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += alphabet[(value >>> bits) & 31]
    }
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out
}

/** The bytes of base32, however it is grouped or padded; null where it holds anything else. */
export const fromBase32 = (words: string): Buffer | null => {
  const letters = words.toUpperCase().replace(/[\s-]/g, '').replace(/=+$/, '')
  if (!/^[A-Z2-7]+$/.test(letters)) return null
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of letters) {
    value = ((value << 5) | alphabet.indexOf(letter)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((value >>> bits) & 255)
    }
  }
  return Buffer.from(bytes)
}

/** 160 bits, as RFC 4226 recommends, in base32. */
export const newSecret = (): string => toBase32(randomBytes(20))

/** Number of the 30 seconds in which a moment (ms since 1970) lies. */
export const stepOf = (ms: number): number => Math.floor(ms / 1000 / period)

/** The code of a secret (base32) for these 30 seconds: RFC 6238 over RFC 4226. */
export const codeOf = (secret: string, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', fromBase32(secret)!).update(counter).digest()
  const at = mac[19]! & 15
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0')
}

/** Is this the code of these 30 seconds, or of those just before or after? Blanks do not matter. */
export const isCode = (secret: string, typed: string, ms: number): boolean => {
  const code = typed.replace(/\s/g, '')
  return [-1, 0, 1].some(off => codeOf(secret, stepOf(ms) + off) === code)
}

/** Eight digits each, good for one login each: what the PAM module takes instead of a code. Never with a leading zero. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: 5 }, () => String(randomInt(10_000_000, 100_000_000)))

/** So many characters fit a QR code of 37 by 37 (version 5, level L), which half blocks draw in 21 lines. */
const fits = 106

/** What a QR code holds; what apps take anyway is left out, so that it stays small (otpauth, Key URI Format). */
export const uriOf = (secret: string, account: string, issuer: string): string => {
  const name = encodeURIComponent(issuer)
  const uri = `otpauth://totp/${name}:${encodeURIComponent(account)}?secret=${secret}`
  // every app takes the name in front of the colon for the issuer too; said twice, a long one fits no terminal of 24 rows
  const whole = `${uri}&issuer=${name}`
  return whole.length <= fits ? whole : uri
}

/** In groups of four, as a person types it. */
export const grouped = (words: string): string => words.replace(/(.{4})(?=.)/g, '$1 ')

/** A secret from a file's words: base32, or an otpauth address. Throws Trouble `bad-totp-secret`. */
export const readSecret = (words: string, path: string): string => {
  const line = words.split(/\r?\n/).find(one => one.trim() !== '' && !one.startsWith('#')) ?? ''
  const given = /^otpauth:\/\/totp\/[^?]*\?(.*)$/.exec(line.trim())
  const asked = given ? new URLSearchParams(given[1]) : null
  const said = (name: string, usual: string) => (asked?.get(name) ?? usual).toUpperCase() === usual
  const bytes = fromBase32(asked ? (asked.get('secret') ?? '') : line)
  // RFC 4226: at least 128 bits; the PAM module knows six digits, 30 seconds and SHA-1 only
  if (bytes !== null && bytes.length >= 16 && bytes.length <= 64)
    if (said('algorithm', 'SHA1') && said('digits', '6') && said('period', '30')) return toBase32(bytes)
  throw new Trouble(
    'bad-totp-secret',
    text(`In ${path} steht kein brauchbares TOTP-Secret`, `${path} holds no TOTP secret that can be used`),
    text(
      'Base32 mit 128 bis 512 Bit oder otpauth://totp/... (6 Ziffern, 30 s, SHA-1)',
      'Base32 of 128 to 512 bits or otpauth://totp/... (6 digits, 30 s, SHA-1)',
    ),
  )
}
