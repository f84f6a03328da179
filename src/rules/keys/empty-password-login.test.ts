import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, effective, places, sshdWith, verdictOf, view } from '../../../test/fixtures/facts.js'
import rule from './empty-password-login.js'

const on = effective({ permitemptypasswords: 'yes' })

describe(rule.id, () => {
  test('passes with PermitEmptyPasswords no', () => {
    assert.equal(verdictOf(rule), 'pass')
  })

  test('fails with yes, behind any Match too', () => {
    assert.deepEqual(complaints(rule, { effective: on }), ['PermitEmptyPasswords'])
    const views = [view(), view({ permitemptypasswords: 'yes' }, 'anna')]
    assert.deepEqual(complaints(rule, { effective: { views, perAccount: true } }), ['PermitEmptyPasswords'])
  })

  test('says where it is set', () => {
    const sshd = sshdWith('PermitEmptyPasswords yes')
    assert.deepEqual(places(rule, { effective: on, sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:1'])
  })

  test('fix: off, and before everything else where a Match sets it', () => {
    const off = { kind: 'setting', stage: 'close', keyword: 'PermitEmptyPasswords', values: ['no'] }
    assert.deepEqual(changesOf(rule, { effective: on }), [{ ...off, matchAll: false }])
    const sshd = sshdWith('Match User anna', 'PermitEmptyPasswords yes')
    assert.deepEqual(changesOf(rule, { effective: on, sshd }), [{ ...off, matchAll: true }])
  })
})
