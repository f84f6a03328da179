import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, effective, verdictOf, view } from '../../../test/fixtures/facts.js'
import rule from './open-to-all-accounts.js'

describe(rule.id, () => {
  test('passes with AllowUsers or AllowGroups', () => {
    assert.equal(verdictOf(rule, { effective: effective({ allowusers: 'anna bea@192.0.2.*' }) }), 'pass')
    assert.equal(verdictOf(rule, { effective: effective({ allowgroups: 'ssh-users' }) }), 'pass')
  })

  test('fails without a list, and with one that names everybody', () => {
    assert.deepEqual(complaints(rule), ['AllowGroups'])
    for (const allowusers of ['anna *', '*@*', '*@10.0.0.0/8', '?*', '**@*.example.com'])
      assert.deepEqual(complaints(rule, { effective: effective({ allowusers }) }), ['AllowGroups'], allowusers)
    for (const allowusers of ['adm-*', 'anna@*', '???'])
      assert.equal(verdictOf(rule, { effective: effective({ allowusers }) }), 'pass')
  })

  test('fails where the list holds in some views only', () => {
    const views = [view({ allowgroups: 'ssh-users' }), view({}, 'anna')]
    assert.deepEqual(complaints(rule, { effective: { views, perAccount: true } }), ['AllowGroups'])
  })
})
