import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, privateKey, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './weak-private-key.js'

const own = (...privateKeys: ReturnType<typeof privateKey>[]) => ({ operator: { ...debian.operator, privateKeys } })

describe(rule.id, () => {
  test('passes with strong keys, and with none', () => {
    assert.equal(verdictOf(rule, own()), 'pass')
    const rsa = privateKey({ type: 'rsa', bits: 3000 })
    const ecdsa = privateKey({ type: 'ecdsa', bits: 256, format: 'pkcs8' })
    assert.equal(verdictOf(rule, own(privateKey(), rsa, ecdsa)), 'pass')
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

  test('is unknown with a length that is not known, and where not all was looked at', () => {
    assert.equal(verdictOf(rule, own(privateKey({ type: 'rsa', bits: 0 }))), 'unknown')
    const unread = [{ path: '/home/anna/.ssh/old', why: 'denied' as const }]
    assert.equal(verdictOf(rule, { operator: { ...debian.operator, unread } }), 'unknown')
  })

  test('fails with what other programs wrote long ago', () => {
    const keys = own(
      privateKey({ path: 'a', format: 'putty-2' }),
      privateKey({ path: 'b', format: 'putty-3' }),
      privateKey({ path: 'c', format: 'ssh.com', type: 'rsa', bits: 4096 }),
      privateKey({ path: 'd', format: 'ssh-1', type: 'rsa1', bits: 1024, encrypted: false }),
    )
    assert.deepEqual(complaints(rule, keys), ['a', 'c', 'd'])
  })
})
