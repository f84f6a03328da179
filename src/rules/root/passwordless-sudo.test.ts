import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  account,
  annasSudo,
  changesOf,
  complaints,
  debian,
  leavesOf,
  loginKey,
  refusalOf,
  verdictOf,
  withAnna,
} from '../../../test/fixtures/facts.js'
import look from '../../collect/looks/sudo.js'
import rule from './passwordless-sudo.js'

const free = { ...withAnna(), sudo: annasSudo('NOPASSWD') }
const asks = {
  kind: 'file',
  stage: 'close',
  path: '/etc/sudoers.d/zz-riegel-anna',
  content: 'anna ALL=(ALL:ALL) PASSWD: ALL\n',
  mode: 0o440,
  check: 'visudo',
}

describe(rule.id, () => {
  test('passes where sudo asks, and where nobody but root logs in', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, { ...withAnna({ password: 'yescrypt' }), sudo: annasSudo() }), 'pass')
  })

  test('passes where the account cannot log in', () => {
    assert.equal(verdictOf(rule, { ...free, loginKeys: debian.loginKeys }), 'pass')
  })

  test('is unknown where an account that can log in was not asked about, unless another fails', () => {
    const deployer = account('deployer', 997)
    const loginKeys = { keys: [loginKey('anna'), loginKey('deployer')], paths: [] }
    const two = { accounts: [...debian.accounts, account('anna', 1000), deployer], loginKeys }
    assert.equal(verdictOf(rule, { ...two, sudo: annasSudo() }), 'unknown')
    assert.deepEqual(complaints(rule, { ...two, sudo: annasSudo('NOPASSWD') }), ['anna'])
    assert.equal(verdictOf(rule, { ...two, sudo: { ...debian.sudo, installed: false } }), 'pass')
  })

  test('fails where an exception is made, or a shell alone is enough', () => {
    for (const [runAs, commands] of [
      ['ALL', 'ALL, !/usr/bin/passwd root'],
      ['#0', 'ALL'],
      ['root', '/bin/bash'],
    ] as const) {
      const sudo = {
        ...debian.sudo,
        accounts: { anna: { rules: [{ runAs, tags: ['NOPASSWD'], commands }], defaults: [] } },
      }
      assert.deepEqual(complaints(rule, { ...withAnna(), sudo }), ['anna'])
    }
  })

  test('fails with NOPASSWD, and with !authenticate', () => {
    assert.deepEqual(complaints(rule, free), ['anna'])
    const { rules } = annasSudo().accounts['anna']!
    const sudo = { ...debian.sudo, accounts: { anna: { rules, defaults: ['!authenticate'] } } }
    assert.deepEqual(complaints(rule, { ...free, sudo }), ['anna'])
  })

  test('the last rule that matches decides: passes or fails with it', () => {
    const all = (tags: string[]) => ({ runAs: 'ALL : ALL', tags, commands: 'ALL' })
    const sudo = (...rules: ReturnType<typeof all>[]) => ({
      ...debian.sudo,
      accounts: { anna: { rules, defaults: [] } },
    })
    assert.equal(verdictOf(rule, { ...withAnna(), sudo: sudo(all(['NOPASSWD']), all([])) }), 'pass')
    assert.deepEqual(complaints(rule, { ...withAnna(), sudo: sudo(all([]), all(['NOPASSWD'])) }), ['anna'])
  })

  test('fails with doas nopass and with a group that su trusts', () => {
    const wheel = withAnna({ groups: ['anna', 'wheel'] })
    assert.deepEqual(complaints(rule, { ...wheel, sudo: { ...debian.sudo, doasNopass: [':wheel'] } }), ['anna'])
    assert.deepEqual(complaints(rule, { ...wheel, sudo: { ...debian.sudo, suTrustGroup: 'wheel' } }), ['anna'])
    assert.equal(verdictOf(rule, { ...wheel, sudo: { ...annasSudo(), suTrustGroup: 'staff' } }), 'pass')
  })

  test('fails for wheel and root where pam_wheel trusts a group that it does not name', () => {
    const { suTrustGroup } = look.parse({
      status: 0,
      text: 'installed=no\nW\tauth\t\tsufficient\tpam_wheel.so\ttrust use_uid\n',
    })
    for (const group of ['wheel', 'root'])
      assert.deepEqual(
        complaints(rule, { ...withAnna({ groups: ['anna', group] }), sudo: { ...debian.sudo, suTrustGroup } }),
        ['anna'],
      )
    assert.equal(verdictOf(rule, { ...withAnna(), sudo: { ...annasSudo(), suTrustGroup } }), 'pass')
  })

  test('fix: the own account gets a password where it has none, then sudo asks', () => {
    assert.deepEqual(changesOf(rule, free), [{ kind: 'account-password', stage: 'open', name: 'anna' }, asks])
    assert.deepEqual(changesOf(rule, { ...free, ...withAnna({ password: 'yescrypt' }) }), [asks])
  })

  test("fix: takes on the own account, and leaves somebody else's by name", () => {
    const { accounts, loginKeys } = free
    const two = {
      accounts: [...accounts, account('deploybot', 1001)],
      loginKeys: { ...loginKeys, keys: [...loginKeys.keys, loginKey('deploybot')] },
      sudo: { ...free.sudo, accounts: { ...free.sudo.accounts, deploybot: free.sudo.accounts['anna']! } },
    }
    assert.deepEqual(complaints(rule, two), ['anna', 'deploybot'])
    assert.deepEqual(changesOf(rule, two), [{ kind: 'account-password', stage: 'open', name: 'anna' }, asks])
    assert.deepEqual(leavesOf(rule, two), ['deploybot'])
    assert.deepEqual(leavesOf(rule, free), [])
  })

  test('fix: leaves a default name to the rule that locks it', () => {
    const accounts = [...debian.accounts, account('debian', 1000)]
    const loginKeys = { keys: [loginKey('debian')], paths: [] }
    const sudo = { ...debian.sudo, accounts: { debian: annasSudo('NOPASSWD').accounts['anna']! } }
    assert.deepEqual(changesOf(rule, { accounts, loginKeys, sudo }), [])
    const system = [...debian.accounts, account('debian', 110)]
    assert.match(refusalOf(rule, { accounts: system, loginKeys, sudo }), /not yours.*: debian/)
  })

  test("fix refuses what the person wants open, others' accounts, and what no rule of sudo's does", () => {
    assert.match(refusalOf(rule, free, { sudo: 'unchanged' }), /as you wanted/)
    const bea = { name: 'bea', exists: false, home: '/home/bea', keyFile: '/home/bea/.ssh/authorized_keys' }
    assert.match(refusalOf(rule, free, { account: bea }), /anna/)
    assert.match(
      refusalOf(rule, { ...free, sudo: { ...debian.sudo, doasNopass: ['anna'] } }),
      /no rule of sudo's: anna/,
    )
    const { rules } = annasSudo().accounts['anna']!
    assert.match(refusalOf(rule, { ...free, sudo: { ...free.sudo, doasNopass: ['anna'] } }), /no rule of sudo's: anna/)
    const exempt = { ...debian.sudo, accounts: { anna: { rules, defaults: ['exempt_group=anna'] } } }
    assert.match(refusalOf(rule, { ...free, sudo: exempt }), /no rule of sudo's: anna/)
  })
})
