import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  account,
  changesOf,
  complaints,
  debian,
  leavesOf,
  loginKey,
  refusalOf,
  verdictOf,
} from '../../../test/fixtures/facts.js'
import rule from './default-login-account.js'

const withKeys = (...names: string[]) => ({
  accounts: [...debian.accounts, ...names.map((name, at) => account(name, 1000 + at))],
  loginKeys: { keys: names.map(name => loginKey(name)), paths: [] },
})
const chosen = (name: string) => ({
  account: { name, exists: true, home: `/home/${name}`, keyFile: `/home/${name}/.ssh/authorized_keys` },
})

describe(rule.id, () => {
  test('passes with names that nobody guesses', () => {
    assert.equal(verdictOf(rule, withKeys('anna', 'admins', 'debian2')), 'pass')
  })

  test('passes for root, which is another rule, and where the account cannot log in', () => {
    assert.equal(verdictOf(rule, { loginKeys: { keys: [loginKey('root')], paths: [] } }), 'pass')
    assert.equal(verdictOf(rule, { ...withKeys('debian'), loginKeys: debian.loginKeys }), 'pass')
  })

  test('fails per account with a default name', () => {
    assert.deepEqual(complaints(rule, withKeys('debian', 'anna', 'admin')), ['debian', 'admin'])
  })

  test('fix: locks them for keys too, but never the own one', () => {
    const lock = (name: string) => ({ kind: 'account-lock', stage: 'close', name, expire: true })
    assert.deepEqual(changesOf(rule, withKeys('debian', 'admin')), [lock('debian'), lock('admin')])
    assert.deepEqual(changesOf(rule, withKeys('debian', 'admin'), chosen('admin')), [lock('debian')])
    assert.deepEqual(leavesOf(rule, withKeys('debian', 'admin'), chosen('admin')), ['admin'])
  })

  test("fix: leaves a service's account alone: of the system, without a shell, or with a key bound to a command", () => {
    const accounts = [
      ...debian.accounts,
      account('test', 1000),
      account('postgres', 110),
      account('git', 1001, { shell: '/usr/bin/git-shell' }),
      account('backup', 1002),
    ]
    const keys = ['test', 'postgres', 'git', 'backup'].map(name => loginKey(name))
    const bound = keys.map(key =>
      key.account === 'backup' ? { ...key, options: 'from="10.0.0.5",command="pull"' } : key,
    )
    const some = { accounts, loginKeys: { keys: bound, paths: [] } }
    assert.deepEqual(
      changesOf(rule, some).map(change => change.kind === 'account-lock' && change.name),
      ['test'],
    )
    assert.deepEqual(leavesOf(rule, some), ['postgres', 'git', 'backup'])
    const alone = { accounts, loginKeys: { keys: bound.slice(1), paths: [] } }
    assert.match(refusalOf(rule, alone), /postgres seems to belong to a service, git seems/)
  })

  test('fix refuses where the only one is the own one', () => {
    assert.match(refusalOf(rule, withKeys('debian'), chosen('debian')), /use yourself/)
  })
})
