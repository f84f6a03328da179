import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  changesOf,
  complaints,
  debian,
  effective,
  places,
  sentences,
  sshdWith,
  verdictOf,
  view,
} from '../../../test/fixtures/facts.js'
import rule from './ssh-login.js'

describe(rule.id, () => {
  test('passes with PermitRootLogin no', () => {
    assert.equal(verdictOf(rule, { effective: effective({ permitrootlogin: 'no' }) }), 'pass')
  })

  test('fails with keys allowed, forced commands included', () => {
    for (const permitrootlogin of ['prohibit-password', 'without-password', 'forced-commands-only', 'yes'])
      assert.deepEqual(complaints(rule, { effective: effective({ permitrootlogin }) }), ['root'], permitrootlogin)
  })

  test('fails with a password alone, or PAM alone', () => {
    const password = { permitrootlogin: 'yes', pubkeyauthentication: 'no', passwordauthentication: 'yes' }
    const pam = { ...password, passwordauthentication: 'no', kbdinteractiveauthentication: 'yes' }
    for (const settings of [password, pam])
      assert.deepEqual(complaints(rule, { effective: effective(settings) }), ['root'])
    assert.equal(verdictOf(rule, { effective: effective({ ...pam, kbdinteractiveauthentication: 'no' }) }), 'pass')
  })

  test('fails with a Kerberos ticket, or by the word of another host', () => {
    const keyless = { pubkeyauthentication: 'no', permitrootlogin: 'yes' }
    for (const keyword of ['gssapiauthentication', 'hostbasedauthentication']) {
      const of = (more: Record<string, string>) =>
        verdictOf(rule, { effective: effective({ ...keyless, [keyword]: 'yes', ...more }) })
      assert.deepEqual([of({}), of({ permitrootlogin: 'prohibit-password' })], ['fail', 'fail'])
      for (const permitrootlogin of ['no', 'forced-commands-only']) assert.equal(of({ permitrootlogin }), 'pass')
      assert.deepEqual([of({ denyusers: 'root' }), of({ authenticationmethods: 'publickey' })], ['pass', 'pass'])
    }
  })

  test('says how, and where it is set', () => {
    assert.deepEqual(sentences(rule), ['root can log in directly (PermitRootLogin prohibit-password).'])
    const sshd = sshdWith('PermitRootLogin prohibit-password')
    assert.deepEqual(places(rule, { sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:1'])
  })

  test('passes where a list leaves root out', () => {
    assert.equal(verdictOf(rule, { effective: effective({ denyusers: 'root' }) }), 'pass')
    assert.equal(verdictOf(rule, { effective: effective({ allowgroups: 'sudo ssh' }) }), 'pass')
  })

  test('one witness of many that lets root in is enough to fail', () => {
    const views = [view({ permitrootlogin: 'no' }), view({ permitrootlogin: 'yes' })]
    assert.deepEqual(complaints(rule, { effective: { views, perAccount: true } }), ['root'])
  })

  test('passes where the view that lets in is of another account', () => {
    const views = [view({ permitrootlogin: 'no' }), view({ permitrootlogin: 'yes' }, 'anna')]
    assert.equal(verdictOf(rule, { effective: { views, perAccount: true } }), 'pass')
  })

  test('passes where there is no root', () => {
    assert.equal(verdictOf(rule, { accounts: debian.accounts.slice(1) }), 'pass')
  })

  test('fix: off, and before everything else where a Match sets it', () => {
    const off = { kind: 'setting', stage: 'close', keyword: 'PermitRootLogin', values: ['no'] }
    assert.deepEqual(changesOf(rule), [{ ...off, matchAll: false }])
    const sshd = sshdWith('Match Address 192.0.2.0/24', '  PermitRootLogin yes')
    assert.deepEqual(changesOf(rule, { sshd }), [{ ...off, matchAll: true }])
  })
})
