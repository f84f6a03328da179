import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, password, verdictOf } from '../../../test/fixtures/facts.js'
import type { VaultFacts } from '../../model/facts.js'
import rule from './without-second-factor.js'

const sites = (state: VaultFacts['sites']['state']) => ({
  vault: { ...debian.vault, sites: { ...debian.vault.sites, state } },
})
const bare = { secondFactor: false } as const

describe(rule.id, () => {
  test('passes where every entry with an address out there has a second factor', () => {
    const atHome = [
      password({ ...bare, hosts: [] }),
      password({ ...bare, key: 'Router', hosts: ['192.168.1.1', 'nas'] }),
    ]
    assert.equal(verdictOf(rule, { passwords: [password(), ...atHome] }), 'pass')
    assert.equal(verdictOf(rule, { passwords: atHome }), 'not-applicable')
  })

  test('fails where the site has one and the entry has none, and where the provider has none at all', () => {
    const passwords = [
      password({ ...bare, key: 'none at all', offers: [] }),
      password({ ...bare, key: 'could', offers: ['sms', 'totp'] }),
      password({ key: 'has it' }),
    ]
    assert.deepEqual(complaints(rule, { passwords }), ['could', 'none at all'])
    const verdict = rule.evaluate({ ...debian, passwords })
    assert.ok(verdict.verdict === 'fail')
    const [could, none] = verdict.problems.map(({ values }) => JSON.stringify(values))
    assert.match(could!, /Code aus der App, SMS/)
    assert.match(none!, /wechsle ihn/)
  })

  test('unknown, never passed: without the list, with one that is none or another, for sites it does not know', () => {
    const passwords = [password({ ...bare, offers: null })]
    for (const state of ['absent', 'implausible', 'changed'] as const)
      assert.equal(verdictOf(rule, { passwords, ...sites(state) }), 'unknown')
    assert.equal(verdictOf(rule, { passwords }), 'unknown')
    // what was found fails all the same
    assert.deepEqual(complaints(rule, { passwords: [...passwords, password({ ...bare, key: 'b', offers: [] })] }), [
      'b',
    ])
  })
})
