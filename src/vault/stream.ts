import { createCipheriv, createHash } from 'node:crypto'
import { text } from '../model/text.js'
import { unsupported } from './refusals.js'
import { salsa20 } from './salsa20.js'

/** Hides or shows a protected value; values must come in the order of the document. */
export type Stream = (bytes: Buffer) => Buffer

export const streams = { salsa20: 2, chacha20: 3 } as const

const nonce = Buffer.from('e830094b97205d2a', 'hex')

/** The stream by the number and key that a vault names. Throws Trouble `unsupported-vault`. */
export const streamOf = (id: number, key: Buffer): Stream => {
  if (id === streams.salsa20) return salsa20(createHash('sha256').update(key).digest(), nonce)
  if (id !== streams.chacha20)
    throw unsupported(text(`den inneren Datenstrom Nummer ${id}`, `the inner stream number ${id}`))
  const both = createHash('sha512').update(key).digest()
  const counter = Buffer.alloc(4)
  const cipher = createCipheriv('chacha20', both.subarray(0, 32), Buffer.concat([counter, both.subarray(32, 44)]))
  return bytes => cipher.update(bytes)
}
