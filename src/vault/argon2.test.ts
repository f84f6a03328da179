import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { argon2 } from './argon2.js'
import { argon2Old } from './argon2-old.js'
import type { Argon2 } from './kdf.js'

/** The inputs of RFC 9106, section 5. */
const rfc = {
  rounds: 3,
  memoryKiB: 32,
  lanes: 4,
  version: 0x13,
  salt: Buffer.alloc(16, 2),
  secret: Buffer.alloc(8, 3),
  data: Buffer.alloc(12, 4),
} as const
const password = Buffer.alloc(32, 1)
const refusals = { tooLong: () => new Error(), noMemory: () => new Error() }

describe('Argon2', () => {
  test('the vectors of RFC 9106', async () => {
    const expected = {
      argon2d: '512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb',
      argon2id: '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
    } as const
    for (const kind of ['argon2d', 'argon2id'] as const) {
      assert.equal((await argon2Old({ kind, ...rfc }, password)).toString('hex'), expected[kind])
      assert.equal((await argon2({ kind, ...rfc }, password, 60_000, refusals)).toString('hex'), expected[kind])
    }
  })

  test('the plain form and the fast one agree, for odd sizes too', async () => {
    const none = Buffer.alloc(0)
    for (const kind of ['argon2d', 'argon2id'] as const)
      for (const [memoryKiB, lanes, rounds] of [
        [8, 1, 1],
        [1001, 3, 2],
        [600, 1, 4],
        [2048, 5, 1],
      ] as const) {
        const kdf: Argon2 = { kind, ...rfc, memoryKiB, lanes, rounds, secret: none, data: none }
        const fast = await argon2(kdf, password, 60_000, refusals)
        assert.equal(fast.toString('hex'), (await argon2Old(kdf, password)).toString('hex'))
      }
  })
})
