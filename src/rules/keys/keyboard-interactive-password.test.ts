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
  withAnna,
} from '../../../test/fixtures/facts.js'
import rule from './keyboard-interactive-password.js'

const on = effective({ kbdinteractiveauthentication: 'yes' })

describe(rule.id, () => {
  test('passes where it is off, or never reaches PAM', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(
      verdictOf(rule, { effective: effective({ kbdinteractiveauthentication: 'yes', usepam: 'no' }) }),
      'pass',
    )
  })

  test('passes where a key is asked for as well', () => {
    const authenticationmethods = 'publickey,keyboard-interactive:pam'
    const both = effective({ kbdinteractiveauthentication: 'yes', authenticationmethods })
    assert.equal(verdictOf(rule, { effective: both }), 'pass')
  })

  test('passes where PAM asks for a code and for no password', () => {
    const google = 'pam_google_authenticator.so'
    const of = (methods: string, auth: readonly string[], more: Record<string, string> = {}) =>
      verdictOf(rule, {
        ...withAnna({ password: 'yescrypt' }),
        effective: effective({ kbdinteractiveauthentication: 'yes', authenticationmethods: methods, ...more }),
        secondFactor: { auth, modules: [google], enrolled: ['anna'] },
      })
    for (const methods of ['password,keyboard-interactive', 'keyboard-interactive']) {
      assert.equal(of(methods, [`required ${google}`]), 'pass')
      assert.equal(of(methods, [`required ${google}`], { pamservicename: 'own' }), 'fail')
      assert.equal(of(methods, [`required ${google}`, 'required pam_unix.so']), 'fail')
      assert.equal(of(methods, [`sufficient ${google}`, 'required pam_unix.so']), 'fail')
      // whoever has no code set up is asked for the password
      const skips = `[success=done ignore=ignore default=die] ${google} nullok`
      assert.equal(of(methods, [skips, 'required pam_unix.so']), 'fail')
    }
  })

  test('fails for everyone though PasswordAuthentication is off', () => {
    assert.deepEqual(complaints(rule, { effective: on, ...withAnna() }), ['everyone'])
  })

  test('fails by its old name too', () => {
    assert.deepEqual(complaints(rule, { effective: effective({ challengeresponseauthentication: 'yes' }) }), [
      'everyone',
    ])
  })

  test('fails for the one account that a Match lets in', () => {
    const views = [view(), view({}, 'daemon'), view({}, 'anna'), view({ kbdinteractiveauthentication: 'yes' }, 'anna')]
    assert.deepEqual(complaints(rule, { ...withAnna(), effective: { views, perAccount: true } }), ['anna'])
  })

  test('fails for root where PermitRootLogin takes passwords', () => {
    const root = { kbdinteractiveauthentication: 'yes', permitrootlogin: 'yes', allowusers: 'root' }
    assert.deepEqual(complaints(rule, { effective: effective(root) }), ['root'])
    assert.equal(verdictOf(rule, { effective: effective({ ...root, permitrootlogin: 'no' }) }), 'pass')
  })

  test('passes for an account whose shell does not run', () => {
    const accounts = [debian.accounts[0]!, { ...debian.accounts[1]!, shellRuns: false }]
    assert.equal(verdictOf(rule, { accounts, effective: on }), 'pass')
  })

  test('says where it is set, by either name', () => {
    assert.match(sentences(rule, { effective: on })[0]!, /^Any account/)
    assert.deepEqual(places(rule, { effective: on }), ['/etc/ssh/sshd_config:3'])
    const files = sshdWith('ChallengeResponseAuthentication yes').files.slice(1)
    const sshd = { ...debian.sshd, files }
    assert.deepEqual(places(rule, { effective: on, sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:1'])
  })

  test('fix: one switch, two of them up to 8.6', () => {
    const off = (keyword: string) => ({ kind: 'setting', stage: 'close', keyword, values: ['no'], matchAll: false })
    const names = ['KbdInteractiveAuthentication', 'ChallengeResponseAuthentication']
    assert.deepEqual(changesOf(rule, { effective: on }), [off(names[0]!)])
    assert.deepEqual(changesOf(rule, { effective: on, sshd: { ...debian.sshd, release: 8.6 } }), names.map(off))
    assert.deepEqual(changesOf(rule, { effective: on, sshd: { ...debian.sshd, release: 8.7 } }), [off(names[0]!)])
    const sshd = sshdWith('Match User anna', 'KbdInteractiveAuthentication yes')
    assert.deepEqual(changesOf(rule, { effective: on, sshd }), [{ ...off(names[0]!), matchAll: true }])
  })

  test('fails where the wire offers it though every file says no; a file that says yes is told by account', () => {
    const wire = { ...debian.wire, methods: ['publickey', 'keyboard-interactive'] }
    assert.deepEqual(complaints(rule, { wire }), ['wire'])
    assert.match(sentences(rule, { wire })[0]!, /^Anyone, though the files say otherwise, can log in/)
    assert.equal(verdictOf(rule), 'pass')
  })
})
