import { fieldOf } from './entry.js'
import { type Element, elements, textOf } from './xml.js'

const isBase32 = (words: string): boolean => /^[A-Z2-7018]{2,}$/i.test(words.replace(/[\s=-]/g, ''))
const isHex = (words: string): boolean => /^([0-9a-f]{2})+$/i.test(words.replace(/\s/g, ''))
const isBase64 = (words: string): boolean => /^[A-Za-z0-9+/]{2,}={0,2}$/.test(words.replace(/\s/g, ''))
const isSomething = (words: string): boolean => words.trim() !== ''

/** The secret in `otp`: an otpauth:// address, or KeeOtp's `key=...&size=6`. */
const secretOf = (words: string): string => {
  const query = words.includes('?') ? words.slice(words.indexOf('?') + 1) : words
  return new URLSearchParams(query).get(/^otpauth:/i.test(words.trim()) ? 'secret' : 'key') ?? ''
}

/** Each name under which some program keeps the secret of a second factor, and when it is one. */
const names: Readonly<Record<string, (words: string) => boolean>> = {
  otp: words => isBase32(secretOf(words)),
  'TOTP Seed': isBase32,
  'TimeOtp-Secret': isSomething,
  'TimeOtp-Secret-Hex': isHex,
  'TimeOtp-Secret-Base32': isBase32,
  'TimeOtp-Secret-Base64': isBase64,
  'HmacOtp-Secret': isSomething,
  'HmacOtp-Secret-Hex': isHex,
  'HmacOtp-Secret-Base32': isBase32,
  'HmacOtp-Secret-Base64': isBase64,
  // a passkey is more than a second factor
  KPEX_PASSKEY_PRIVATE_KEY_PEM: isSomething,
}

/** Does the entry hold what a second factor is made from? An empty secret, for which KeePassXC shows codes, is none. */
export const hasSecondFactor = (entry: Element): boolean =>
  Object.entries(names).some(([name, holds]) => holds(textOf(fieldOf(entry, name)))) ||
  // an attachment-like tag of Strongbox and others: the address stands in the notes or the URL
  elements(entry, 'String').some(one => {
    const words = textOf(
      one.inside.findLast((part): part is Element => typeof part !== 'string' && part.name === 'Value'),
    )
    return /^\s*otpauth:\/\//i.test(words) && isBase32(secretOf(words))
  })
