import { createCipheriv, createDecipheriv } from 'node:crypto'
import { text } from '../model/text.js'
import { fieldOf, type Header } from './header.js'
import { damaged, unsupported } from './refusals.js'

const aes = '31c1f2e6bf714350be5805216afc5aff'
const chacha = 'd6038a2b8b6f4cb5a524339a31dbb59a'
const twofish = 'ad68f29f576f4bb9a36ad47af965346c'

export const aesId = Buffer.from(aes, 'hex')

const cipherOf = (header: Header): 'aes' | 'chacha20' => {
  const id = fieldOf(header, 'cipher', 16).toString('hex')
  if (id === aes) return 'aes'
  if (id === chacha) return 'chacha20'
  throw unsupported(id === twofish ? text('Twofish', 'Twofish') : text('dieses Verfahren', 'this cipher'))
}

/** How long the cipher's random start is. Throws Trouble `unsupported-vault`. */
export const ivLength = (header: Header): number => (cipherOf(header) === 'aes' ? 16 : 12)

const withCounter = (iv: Buffer): Buffer => Buffer.concat([Buffer.alloc(4), iv])

const decipherOf = (header: Header, key: Buffer) => {
  const iv = fieldOf(header, 'iv', ivLength(header))
  return cipherOf(header) === 'aes'
    ? createDecipheriv('aes-256-cbc', key, iv)
    : createDecipheriv('chacha20', key, withCounter(iv))
}

/** Throws Trouble `bad-vault` where the padding is wrong. */
export const decrypt = (header: Header, key: Buffer, bytes: Buffer): Buffer => {
  const decipher = decipherOf(header, key)
  try {
    return Buffer.concat([decipher.update(bytes), decipher.final()])
  } catch {
    throw damaged(text('Inhalt', 'content'))
  }
}

/** The first bytes of the content, to tell a wrong key from damage further back. */
export const decryptStart = (header: Header, key: Buffer, bytes: Buffer): Buffer => {
  const decipher = decipherOf(header, key).setAutoPadding(false)
  return decipher.update(bytes.subarray(0, 64))
}

export const encrypt = (header: Header, key: Buffer, bytes: Buffer): Buffer => {
  const iv = fieldOf(header, 'iv', ivLength(header))
  const cipher =
    cipherOf(header) === 'aes'
      ? createCipheriv('aes-256-cbc', key, iv)
      : createCipheriv('chacha20', key, withCounter(iv))
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}
