import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, verdictOf } from '../../../test/fixtures/facts.js'
import type { FirewallFacts } from '../../model/facts.js'
import rule from './firewall-off.js'

type Chain = FirewallFacts['chains'][number]
const wall = (changed: Partial<FirewallFacts>) => ({ firewall: { ...debian.firewall, ...changed } })
const chain = (rest: Chain['rest'], more: Partial<Chain> = {}): Chain => ({
  ...{ family: 'inet', table: 'filter', chain: 'input', policy: 'accept', refuses: true },
  ...(rest && { rest }),
  ...more,
})

describe(rule.id, () => {
  test('passes with ufw, firewalld, nftables or the old iptables', () => {
    const both = ['ip', 'ip6'].map(family => chain('refused', { family }))
    assert.equal(verdictOf(rule, wall({ ufw: 'active', chains: both })), 'pass')
    assert.equal(verdictOf(rule, wall({ firewalld: 'active', chains: [chain('refused')] })), 'pass')
    assert.equal(verdictOf(rule, wall({ chains: [chain('let-through'), chain('refused')] })), 'pass')
    assert.equal(verdictOf(rule, wall({ legacy: true, legacyRefuses: ['ip', 'ip6'] })), 'pass')
  })

  test('fails where nothing refuses anything', () => {
    assert.deepEqual(complaints(rule), ['firewall'])
    assert.deepEqual(complaints(rule, wall({ ufw: 'inactive', firewalld: 'inactive' })), ['firewall'])
    assert.deepEqual(complaints(rule, wall({ chains: [chain('let-through', { refuses: false })] })), ['firewall'])
    assert.deepEqual(complaints(rule, wall({ legacy: true, legacyRefuses: [] })), ['firewall'])
  })

  test('fails where it lets through what no rule names, whoever it belongs to', () => {
    for (const more of [{}, { ufw: 'active' }, { firewalld: 'active', zone: 'trusted' }] as const)
      assert.deepEqual(complaints(rule, wall({ ...more, chains: [chain('let-through')] })), ['firewall'])
  })

  test('fails where IPv6 stays open, if anybody comes by it', () => {
    const four = wall({ chains: [chain('refused', { family: 'ip' })] })
    assert.deepEqual(complaints(rule, four), ['ipv6'])
    assert.equal(verdictOf(rule, wall({ ...four.firewall, ipv6: false })), 'pass')
    assert.deepEqual(complaints(rule, wall({ legacy: true, legacyRefuses: ['ip'] })), ['ipv6'])
  })

  test('fails where only ban lists refuse', () => {
    const chains = ['f2b-table', 'crowdsec', 'crowdsec6', 'sshguard'].map(table => chain('refused', { table }))
    assert.deepEqual(complaints(rule, wall({ chains })), ['firewall'])
  })

  test('is unknown where ufw or firewalld is on but its rules are not to be seen', () => {
    assert.equal(verdictOf(rule, wall({ ufw: 'unknown' })), 'unknown')
    assert.equal(verdictOf(rule, wall({ firewalld: 'active' })), 'unknown')
  })

  test('is unknown where it refuses something behind a condition, and by facts that did not ask', () => {
    assert.equal(verdictOf(rule, wall({ chains: [chain('unclear')] })), 'unknown')
    assert.equal(verdictOf(rule, wall({ chains: [chain(undefined)] })), 'unknown')
    assert.equal(verdictOf(rule, wall({ chains: [chain(undefined, { policy: 'drop' })] })), 'pass')
    assert.equal(verdictOf(rule, wall({ legacy: true })), 'unknown')
  })
})
