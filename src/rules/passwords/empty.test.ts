import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, changesOf, complaints, debian, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './empty.js'

const emptyFor = (...names: string[]) => ({
  accounts: [...debian.accounts, ...names.map((name, at) => account(name, 1000 + at, { password: 'none' }))],
})

describe(rule.id, () => {
  test('passes with passwords, locks and stars', () => {
    assert.equal(verdictOf(rule, { accounts: [...debian.accounts, account('anna', 1000)] }), 'pass')
  })

  test('is unknown where a directory keeps a password', () => {
    const anna = account('anna', 1000, { password: 'unseen' })
    assert.equal(verdictOf(rule, { accounts: [...debian.accounts, anna] }), 'unknown')
    assert.deepEqual(complaints(rule, { accounts: [anna, ...emptyFor('bea').accounts] }), ['bea'])
  })

  test('fails per account with an empty field', () => {
    assert.deepEqual(complaints(rule, emptyFor('anna', 'bea')), ['anna', 'bea'])
  })

  test('fix: locks them; the own one gets a password where sudo is to ask for it', () => {
    const lock = (name: string) => ({ kind: 'account-lock', stage: 'close', name, expire: false })
    const given = { kind: 'account-password', stage: 'open', name: 'anna' }
    assert.deepEqual(changesOf(rule, emptyFor('anna', 'bea')), [given, lock('bea')])
    assert.deepEqual(changesOf(rule, emptyFor('anna', 'bea'), { sudo: 'nopasswd' }), [lock('anna'), lock('bea')])
  })
})
