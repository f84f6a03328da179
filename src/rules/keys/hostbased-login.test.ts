import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, effective, places, sshdWith, verdictOf, view } from '../../../test/fixtures/facts.js'
import rule from './hostbased-login.js'

const on = effective({ hostbasedauthentication: 'yes' })

describe(rule.id, () => {
  test('passes while it is off, whatever IgnoreRhosts says', () => {
    assert.equal(verdictOf(rule, { effective: effective({ ignorerhosts: 'no' }) }), 'pass')
  })

  test('fails with yes, behind any Match too', () => {
    assert.deepEqual(complaints(rule, { effective: on }), ['HostbasedAuthentication'])
    const views = [view(), view({ hostbasedauthentication: 'yes' }, 'anna')]
    assert.deepEqual(complaints(rule, { effective: { views, perAccount: true } }), ['HostbasedAuthentication'])
  })

  test('says where it is set', () => {
    const sshd = sshdWith('HostbasedAuthentication yes')
    assert.deepEqual(places(rule, { effective: on, sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:1'])
  })

  test('fix: off, .rhosts ignored, and before everything else where a Match sets it', () => {
    const off = { kind: 'setting', stage: 'close', keyword: 'HostbasedAuthentication', values: ['no'] }
    const ignored = { kind: 'setting', stage: 'close', keyword: 'IgnoreRhosts', values: ['yes'] }
    assert.deepEqual(changesOf(rule, { effective: on }), [{ ...off, matchAll: false }, ignored])
    const sshd = sshdWith('Match Host backup.example', 'HostbasedAuthentication yes')
    assert.deepEqual(changesOf(rule, { effective: on, sshd }), [{ ...off, matchAll: true }, ignored])
  })
})
