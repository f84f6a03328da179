import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  account,
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
import secondFactor from '../second-factor/ssh.js'
import rule from './password-login.js'

const on = effective({ passwordauthentication: 'yes' })

describe(rule.id, () => {
  test('passes with PasswordAuthentication no', () => {
    assert.equal(verdictOf(rule), 'pass')
  })

  test('passes where every way asks for a key as well', () => {
    const authenticationmethods = 'publickey,password publickey,keyboard-interactive'
    const both = effective({ passwordauthentication: 'yes', authenticationmethods })
    assert.equal(verdictOf(rule, { effective: both }), 'pass')
  })

  test('fails for everyone in one sentence, and says where it is set', () => {
    const sshd = sshdWith('PasswordAuthentication yes')
    assert.deepEqual(complaints(rule, { effective: on, ...withAnna() }), ['everyone'])
    assert.deepEqual(places(rule, { effective: on, sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:1'])
  })

  test('fails with one way of several that is the password alone', () => {
    const authenticationmethods = 'publickey password'
    const open = effective({ passwordauthentication: 'yes', authenticationmethods })
    assert.deepEqual(complaints(rule, { effective: open }), ['everyone'])
  })

  test('fails for the one account that a Match lets in, nologin or not', () => {
    const accounts = [...debian.accounts, account('sftp', 1001, { shell: '/usr/sbin/nologin' })]
    const views = [view(), view({}, 'daemon'), view({}, 'sftp'), view({ passwordauthentication: 'yes' }, 'sftp')]
    assert.deepEqual(complaints(rule, { accounts, effective: { views, perAccount: true } }), ['sftp'])
  })

  test('names an exception by Match beside everyone, and says where it is', () => {
    const sshd = sshdWith('PasswordAuthentication yes', 'Match User sftp', '  PasswordAuthentication yes', 'Match all')
    assert.deepEqual(complaints(rule, { effective: on, sshd }), ['everyone', 'Match User sftp'])
    assert.deepEqual(places(rule, { effective: on, sshd })[1], '/etc/ssh/sshd_config.d/10-own.conf:3')
    const views = [view(), view({}, 'daemon'), view({ passwordauthentication: 'yes' }, 'anna')]
    const accounts = [...debian.accounts, account('anna', 1000)]
    const one = {
      accounts,
      effective: { views, perAccount: true },
      sshd: sshdWith('Match User anna', 'PasswordAuthentication yes'),
    }
    assert.deepEqual(complaints(rule, one), ['anna'])
    assert.deepEqual(places(rule, one), ['/etc/ssh/sshd_config.d/10-own.conf:2'])
  })

  test('fails for root only where PermitRootLogin takes passwords', () => {
    const yes = effective({ passwordauthentication: 'yes', permitrootlogin: 'yes', allowusers: 'root' })
    assert.deepEqual(complaints(rule, { effective: yes }), ['root'])
    const keysOnly = effective({ passwordauthentication: 'yes', allowusers: 'root' })
    assert.equal(verdictOf(rule, { effective: keysOnly }), 'pass')
  })

  test('passes for an account whose shell does not run', () => {
    const accounts = [debian.accounts[0]!, account('old', 1001, { shellRuns: false })]
    assert.equal(verdictOf(rule, { accounts, effective: on }), 'pass')
  })

  test('fails for it where sshd locks it into a folder, and so does not look at the shell', () => {
    const ftp = account('ftp', 1001, { shellRuns: false, shell: '/bin/none', password: 'yescrypt' })
    const accounts = [debian.accounts[0]!, ftp]
    const chroot = { passwordauthentication: 'yes', chrootdirectory: '/srv/ftp' }
    assert.deepEqual(complaints(rule, { accounts, effective: effective(chroot) }), ['everyone'])
    assert.deepEqual(complaints(secondFactor, { accounts, effective: effective(chroot) }), ['ftp'])
    assert.equal(verdictOf(rule, { accounts, effective: effective({ ...chroot, chrootdirectory: 'none' }) }), 'pass')
  })

  test('fix: off, and cloud-init is told where it is there', () => {
    const off = { kind: 'setting', stage: 'close', keyword: 'PasswordAuthentication', values: ['no'], matchAll: false }
    const told = {
      kind: 'file',
      stage: 'close',
      path: '/etc/cloud/cloud.cfg.d/99-riegel.cfg',
      content: 'ssh_pwauth: false\n',
      mode: 0o644,
    }
    assert.deepEqual(changesOf(rule, { effective: on }), [off, told])
    const system = { ...debian.system, cloudInit: 'absent' as const }
    assert.deepEqual(changesOf(rule, { effective: on, system }), [off])
    const sshd = sshdWith('Match User sftp', 'PasswordAuthentication yes')
    assert.deepEqual(changesOf(rule, { effective: on, system, sshd }), [{ ...off, matchAll: true }])
  })

  test('fails where the wire offers it though every file says no; a file that says yes is told by account', () => {
    const wire = { ...debian.wire, methods: ['publickey', 'password'] }
    assert.deepEqual(complaints(rule, { wire }), ['wire'])
    assert.match(sentences(rule, { wire })[0]!, /^Anyone, though the files say otherwise, can log in/)
    assert.equal(verdictOf(rule), 'pass')
  })
})
