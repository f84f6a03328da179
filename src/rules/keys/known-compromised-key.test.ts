import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, effective, loginKey, places, sections, verdictOf } from '../../../test/fixtures/facts.js'
import type { Sections } from '../../model/facts.js'
import { compromisedKeys } from '../../services/compromised-keys.js'
import rule from './known-compromised-key.js'

const { fingerprint } = compromisedKeys.find(({ known }) => known.startsWith('Vagrant'))!
const keys = (...list: ReturnType<typeof loginKey>[]) => ({ loginKeys: { keys: list, paths: [] } })

describe(rule.id, () => {
  test('passes with keys that are on no list', () => {
    assert.equal(verdictOf(rule, keys(loginKey('root'), loginKey('anna'))), 'pass')
  })

  test("fails with Vagrant's key, for every account that takes it", () => {
    const both = keys(loginKey('root', { fingerprint }), loginKey('anna', { fingerprint }), loginKey('bea'))
    assert.deepEqual(complaints(rule, both), [`root ${fingerprint}`, `anna ${fingerprint}`])
    assert.deepEqual(places(rule, both), ['/root/.ssh/authorized_keys:1', '/home/anna/.ssh/authorized_keys:1'])
  })

  test('fails with a host key that everybody has', () => {
    const path = '/etc/ssh/ssh_host_rsa_key.pub'
    const hostKeys = [{ type: 'ssh-rsa', bits: 2048, fingerprint, comment: '', path, blob: 'AAAA' }]
    assert.deepEqual(complaints(rule, { sshd: { ...debian.sshd, hostKeys } }), [fingerprint])
    assert.deepEqual(places(rule, { sshd: { ...debian.sshd, hostKeys } }), [path])
  })

  test('is unknown where a line could not be read', () => {
    const unread = [{ account: 'anna', path: '/home/anna/.ssh/authorized_keys', line: 3 }]
    assert.equal(verdictOf(rule, { loginKeys: { keys: [loginKey('anna')], paths: [], unread } }), 'unknown')
  })

  test('is unknown where sshd takes keys from elsewhere, was not asked, or a host key could not be read', () => {
    const hidden = [
      { effective: effective({ authorizedkeyscommand: '/usr/bin/keys' }) },
      { sshd: { ...debian.sshd, unreadHostKeys: ['/etc/ssh/k/host.pub'] } },
    ]
    for (const changed of hidden) {
      assert.equal(verdictOf(rule, changed), 'unknown')
      assert.equal(verdictOf(rule, { ...changed, ...keys(loginKey('root', { fingerprint })) }), 'fail')
    }
    const unasked = { ...sections(), effective: undefined } as unknown as Sections
    assert.equal(rule.evaluate(unasked).verdict, 'unknown')
  })
})
