import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, loginKey, sentences, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './weak-authorized-key.js'

const keys = (...list: ReturnType<typeof loginKey>[]) => ({ loginKeys: { keys: list, paths: [] } })
const rsa = (bits: number) => loginKey('anna', { type: 'ssh-rsa', bits, fingerprint: `SHA256:rsa-${bits}` })
const dsa = loginKey('root', { type: 'ssh-dss', bits: 1024 })

describe(rule.id, () => {
  test('passes with Ed25519, ECDSA and RSA of 3000 bits and more', () => {
    const ecdsa = loginKey('anna', { type: 'ecdsa-sha2-nistp256', bits: 256 })
    assert.equal(verdictOf(rule, keys(loginKey('anna'), ecdsa, rsa(3000), rsa(4096))), 'pass')
  })

  test('fails with DSA and with RSA under 3000 bits, key by key', () => {
    assert.deepEqual(complaints(rule, keys(dsa, rsa(2048), rsa(2999), rsa(3072))), [
      'root SHA256:of-root',
      'anna SHA256:rsa-2048',
      'anna SHA256:rsa-2999',
    ])
  })

  test('fails with a certificate authority of that kind', () => {
    const ca = loginKey('anna', { type: 'ssh-rsa', bits: 1024, options: 'cert-authority' })
    assert.deepEqual(complaints(rule, keys(ca)), ['anna SHA256:of-anna'])
  })

  test('fails urgently under 2048 bits only', () => {
    const said = (key: ReturnType<typeof loginKey>) => sentences(rule, keys(key)).join()
    assert.match(said(rsa(2047)), /RSA with 2047 bits.*urgent/)
    assert.match(said(dsa), /DSA.*urgent/)
    assert.doesNotMatch(said(rsa(2048)), /urgent/)
  })

  test('is unknown where a line could not be read, and fails all the same by one that could', () => {
    const unread = [{ account: 'anna', path: '/home/anna/.ssh/authorized_keys', line: 3 }]
    assert.equal(verdictOf(rule, { loginKeys: { keys: [loginKey('anna')], paths: [], unread } }), 'unknown')
    assert.equal(verdictOf(rule, { loginKeys: { keys: [dsa], paths: [], unread } }), 'fail')
  })
})
