import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, privateKey, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './weak-private-key.js'

const own = (...privateKeys: ReturnType<typeof privateKey>[]) => ({ operator: { ...debian.operator, privateKeys } })

describe(rule.id, () => {
  test('passes with strong keys, with none, and with a length that is not known', () => {
    assert.equal(verdictOf(rule, own()), 'pass')
    const rsa = privateKey({ type: 'rsa', bits: 3000 })
    const unread = privateKey({ type: 'rsa', bits: 0 })
    const ecdsa = privateKey({ type: 'ecdsa', bits: 256, format: 'pkcs8' })
    assert.equal(verdictOf(rule, own(privateKey(), rsa, ecdsa, unread)), 'pass')
  })

  test('passes over a PEM file without a passphrase, which is another rule', () => {
    assert.equal(verdictOf(rule, own(privateKey({ format: 'pem', encrypted: false }))), 'pass')
  })

  test('fails with DSA, short RSA, and a passphrase in the old format', () => {
    const keys = own(
      privateKey({ path: 'a', type: 'dsa', bits: 1024 }),
      privateKey({ path: 'b', type: 'rsa', bits: 2048 }),
      privateKey({ path: 'c', type: 'rsa', bits: 4096, format: 'pem' }),
      privateKey({ path: 'd' }),
      privateKey({ path: 'e', type: 'rsa', bits: 1 }),
    )
    assert.deepEqual(complaints(rule, keys), ['a', 'b', 'c', 'e'])
  })

  test('is unknown where a key could not be read, unless another one fails', () => {
    const dark = privateKey({ path: 'dark', type: 'unknown' })
    assert.equal(verdictOf(rule, own(privateKey(), dark)), 'unknown')
    assert.deepEqual(complaints(rule, own(dark, privateKey({ path: 'a', type: 'dsa' }))), ['a'])
  })
})
