import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, verdictOf } from '../../../test/fixtures/facts.js'
import type { FirewallFacts } from '../../model/facts.js'
import rule from './firewall-off.js'

const wall = (changed: Partial<FirewallFacts>) => ({ firewall: { ...debian.firewall, ...changed } })
const chain = (table: string, refuses: boolean) => ({ family: 'inet', table, chain: 'input', policy: 'drop', refuses })

describe(rule.id, () => {
  test('passes with ufw, firewalld, nftables or the old iptables', () => {
    assert.equal(verdictOf(rule, wall({ ufw: 'active' })), 'pass')
    assert.equal(verdictOf(rule, wall({ firewalld: 'active' })), 'pass')
    assert.equal(verdictOf(rule, wall({ chains: [chain('filter', true)] })), 'pass')
    assert.equal(verdictOf(rule, wall({ legacy: true })), 'pass')
  })

  test('fails where nothing refuses anything', () => {
    assert.deepEqual(complaints(rule), ['firewall'])
    assert.deepEqual(complaints(rule, wall({ ufw: 'inactive', firewalld: 'inactive' })), ['firewall'])
    assert.deepEqual(complaints(rule, wall({ chains: [chain('filter', false)] })), ['firewall'])
  })

  test('fails where only ban lists refuse', () => {
    const chains = ['f2b-table', 'crowdsec', 'crowdsec6', 'sshguard'].map(table => chain(table, true))
    assert.deepEqual(complaints(rule, wall({ chains })), ['firewall'])
  })

  test('is unknown where ufw is on but its rules are not to be seen', () => {
    assert.equal(verdictOf(rule, wall({ ufw: 'unknown' })), 'unknown')
  })
})
