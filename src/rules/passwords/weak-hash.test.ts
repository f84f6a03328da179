import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, complaints, verdictOf } from '../../../test/fixtures/facts.js'
import type { AccountFacts } from '../../model/facts.js'
import rule from './weak-hash.js'

const hashed = (...schemes: AccountFacts['password'][]) => ({
  accounts: schemes.map((password, at) => account(`with-${password}`, 1000 + at, { password })),
})

describe(rule.id, () => {
  test('passes with strong schemes, and without any hash', () => {
    assert.equal(verdictOf(rule, hashed('yescrypt', 'sha512', 'sha256', 'bcrypt')), 'pass')
    assert.equal(verdictOf(rule, hashed('none', 'locked', 'star')), 'pass')
  })

  test('is unknown with a scheme that nobody here knows, unless another one is weak', () => {
    assert.equal(verdictOf(rule, hashed('yescrypt', 'other')), 'unknown')
    assert.deepEqual(complaints(rule, hashed('other', 'md5')), ['with-md5'])
  })

  test('fails with DES, MD5 and SHA-1, account by account', () => {
    const accounts = hashed('des', 'yescrypt', 'md5', 'sha1')
    assert.deepEqual(complaints(rule, accounts), ['with-des', 'with-md5', 'with-sha1'])
  })

  test('fails for a locked password too: the hash still lies there', () => {
    const accounts = [account('anna', 1000, { password: 'md5', passwordLocked: true })]
    assert.deepEqual(complaints(rule, { accounts }), ['anna'])
  })
})
