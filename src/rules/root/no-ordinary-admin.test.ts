import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  annasKey,
  annasSudo,
  changesOf,
  complaints,
  debian,
  effective,
  loginKey,
  refusalOf,
  verdictOf,
  withAnna,
} from '../../../test/fixtures/facts.js'
import type { Sections } from '../../model/facts.js'
import rule from './no-ordinary-admin.js'

const anna = { name: 'anna', exists: true, home: '/home/anna', keyFile: '/home/anna/.ssh/authorized_keys' }

describe(rule.id, () => {
  test('passes with an account that has a key and sudo', () => {
    assert.equal(verdictOf(rule, { ...withAnna(), sudo: annasSudo('NOPASSWD') }), 'pass')
    assert.equal(verdictOf(rule, { ...withAnna({ password: 'yescrypt' }), sudo: annasSudo() }), 'pass')
  })

  test('fails where there is only root', () => {
    assert.deepEqual(complaints(rule), ['admin'])
  })

  test('fails where sudo asks for a password that the account does not have', () => {
    assert.deepEqual(complaints(rule, { ...withAnna(), sudo: annasSudo() }), ['admin'])
  })

  test('fails without a key, a shell, or the right to try', () => {
    const sudo = annasSudo('NOPASSWD')
    const keyless = { ...withAnna(), sudo, loginKeys: debian.loginKeys }
    assert.deepEqual(complaints(rule, keyless), ['admin'])
    assert.deepEqual(complaints(rule, { ...withAnna({ shell: '/usr/sbin/nologin' }), sudo }), ['admin'])
    assert.deepEqual(complaints(rule, { ...withAnna({ expires: 1 }), sudo }), ['admin'])
    assert.deepEqual(complaints(rule, { ...withAnna(), sudo, effective: effective({ denyusers: 'an*' }) }), ['admin'])
  })

  test('fails where the key is bound to one command', () => {
    const loginKeys = { keys: [loginKey('anna', { options: 'restrict,command="rsync"' })], paths: [] }
    assert.deepEqual(complaints(rule, { ...withAnna(), sudo: annasSudo('NOPASSWD'), loginKeys }), ['admin'])
    const forced = effective({ forcecommand: 'internal-sftp' })
    assert.deepEqual(complaints(rule, { ...withAnna(), sudo: annasSudo('NOPASSWD'), effective: forced }), ['admin'])
  })

  test('fails where sshd takes no key of the account', () => {
    const sudo = annasSudo('NOPASSWD')
    const by = (more: Parameters<typeof loginKey>[1], settings = {}, paths: Sections['loginKeys']['paths'] = []) =>
      verdictOf(rule, {
        ...{ ...withAnna(), sudo, effective: effective(settings) },
        loginKeys: { keys: [loginKey('anna', more)], paths },
      })
    const verdicts = { '20200101': 'fail', '202611231200Z': 'fail', '20991231235959': 'pass', x: 'fail' }
    for (const [time, verdict] of Object.entries(verdicts))
      assert.equal(by({ options: `no-pty,expiry-time="${time}"` }), verdict, time)
    assert.equal(by({ type: 'ssh-dss' }), 'fail')
    for (const authenticationmethods of ['password', 'keyboard-interactive hostbased,password'])
      assert.equal(by({}, { authenticationmethods }), 'fail')
    for (const authenticationmethods of ['any', 'password publickey,keyboard-interactive', 'publickey:x'])
      assert.equal(by({}, { authenticationmethods }), 'pass')
    const home = { path: '/home/anna', account: 'anna', mode: 0o755, owner: 'anna', kind: 'directory' } as const
    assert.equal(by({}, {}, [home]), 'pass')
    assert.equal(by({}, {}, [{ ...home, mode: 0o775 }]), 'pass')
    for (const loose of [{ mode: 0o777 }, { owner: 'bea' }, { path: '/home/anna/.ssh/authorized_keys', mode: 0o662 }]) {
      assert.equal(by({}, {}, [{ ...home, ...loose }]), 'fail')
      assert.equal(by({}, { strictmodes: 'no' }, [{ ...home, ...loose }]), 'pass')
      assert.equal(by({ path: '/etc/ssh/keys/anna' }, {}, [{ ...home, ...loose }]), 'pass')
    }
  })

  test('is unknown where sudo asks for the password of another account', () => {
    const of = (...defaults: string[]) => {
      const anna = annasSudo().accounts['anna']!
      return verdictOf(rule, {
        ...withAnna({ password: 'yescrypt' }),
        sudo: { ...debian.sudo, accounts: { anna: { ...anna, defaults } } },
      })
    }
    for (const word of ['targetpw', 'rootpw', 'runaspw']) {
      assert.equal(of('env_reset', word), 'unknown')
      assert.equal(of(word, `!${word}`), 'pass')
    }
    const free = annasSudo('NOPASSWD').accounts['anna']!
    const sudo = { ...debian.sudo, accounts: { anna: { ...free, defaults: ['rootpw'] } } }
    assert.equal(verdictOf(rule, { ...withAnna(), sudo }), 'pass')
  })

  test('fix: makes the account with key, password and sudo', () => {
    assert.deepEqual(changesOf(rule), [
      {
        kind: 'account-create',
        stage: 'open',
        name: 'anna',
        home: '/home/anna',
        shell: '/bin/bash',
        keys: [annasKey],
        password: 'generated',
      },
      {
        kind: 'file',
        stage: 'open',
        path: '/etc/sudoers.d/zz-riegel-anna',
        content: 'anna ALL=(ALL:ALL) ALL\n',
        mode: 0o440,
        check: 'visudo',
      },
    ])
  })

  test('fix: without sudo it comes as a package first', () => {
    const [first] = changesOf(rule, { sudo: { ...debian.sudo, installed: false } })
    assert.deepEqual(first, { kind: 'package', stage: 'open', name: 'sudo' })
  })

  test('fix: adds to an account that is there what it lacks', () => {
    const changes = changesOf(rule, withAnna({ password: 'yescrypt' }), { account: anna })
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['account-keys', 'file'],
    )
  })

  test('fix refuses without a key, and a name that sudo would misread', () => {
    assert.match(refusalOf(rule, {}, { keys: [] }), /no key for anna/)
    assert.match(refusalOf(rule, {}, { account: { ...anna, name: 'ALL', exists: false } }), /not a plain name/)
  })
})
