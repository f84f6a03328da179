import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, privateKey, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './unprotected-private-key.js'

const own = (...privateKeys: ReturnType<typeof privateKey>[]) => ({ ...debian.operator, privateKeys })
const bare = privateKey({ encrypted: false })

describe(rule.id, () => {
  test('passes with passphrases on both sides, and without keys', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, { operator: own(privateKey()), privateKeys: [privateKey()] }), 'pass')
  })

  test('passes with the handle of a security key', () => {
    assert.equal(verdictOf(rule, { operator: own(privateKey({ type: 'ed25519-sk', encrypted: false })) }), 'pass')
  })

  test('fails with a bare key here and on the server', () => {
    const privateKeys = [privateKey({ account: 'root', path: '/root/.ssh/id_rsa', encrypted: false })]
    assert.deepEqual(complaints(rule, { operator: own(bare), privateKeys }), [
      `operator:${bare.path}`,
      'root:/root/.ssh/id_rsa',
    ])
  })

  test('is unknown where the own keys were not looked at, but fails with what the server shows', () => {
    assert.equal(verdictOf(rule, { operator: undefined }), 'unknown')
    assert.deepEqual(complaints(rule, { operator: undefined, privateKeys: [bare] }), [`anna:${bare.path}`])
  })

  test('passes on the server itself, where there are no other keys', () => {
    const system = { ...debian.system, connection: undefined }
    assert.equal(verdictOf(rule, { operator: undefined, system }), 'pass')
  })

  test('is unknown where a key could not be read', () => {
    const dark = privateKey({ format: 'unknown', encrypted: false })
    assert.equal(verdictOf(rule, { privateKeys: [dark] }), 'unknown')
  })
})
