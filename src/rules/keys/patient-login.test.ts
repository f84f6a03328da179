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
} from '../../../test/fixtures/facts.js'
import rule from './patient-login.js'

const short = { maxauthtries: '4', logingracetime: '60', maxstartups: '10:30:60' }
const agent = (agentKeys: number) => ({ operator: { ...debian.operator, agentKeys } })

describe(rule.id, () => {
  test('passes within the limits', () => {
    assert.equal(verdictOf(rule, { effective: effective(short) }), 'pass')
    assert.equal(verdictOf(rule, { effective: effective({ ...short, maxstartups: '10' }) }), 'pass')
  })

  test("fails with OpenSSH's own three values", () => {
    assert.deepEqual(complaints(rule), ['MaxAuthTries', 'LoginGraceTime', 'MaxStartups'])
  })

  test('fails just over each limit, and with no limit at all', () => {
    const with_ = (settings: Record<string, string>) => ({ effective: effective({ ...short, ...settings }) })
    assert.deepEqual(complaints(rule, with_({ maxauthtries: '5' })), ['MaxAuthTries'])
    assert.deepEqual(complaints(rule, with_({ logingracetime: '61' })), ['LoginGraceTime'])
    assert.deepEqual(complaints(rule, with_({ logingracetime: '0' })), ['LoginGraceTime'])
    for (const maxstartups of ['11:30:60', '10:29:60', '10:30:61', '60'])
      assert.deepEqual(complaints(rule, with_({ maxstartups })), ['MaxStartups'], maxstartups)
  })

  test('fails where a Match is more patient', () => {
    const views = [view(short), view({ ...short, maxauthtries: '10' }, 'anna')]
    assert.deepEqual(complaints(rule, { effective: { views, perAccount: true } }), ['MaxAuthTries'])
  })

  test('passes with as many tries as the agent has keys', () => {
    const six = effective({ ...short, maxauthtries: '6' })
    assert.equal(verdictOf(rule, { effective: six, ...agent(6) }), 'pass')
    assert.deepEqual(complaints(rule, { effective: six, ...agent(5) }), ['MaxAuthTries'])
  })

  test('says what is set, where, and the limit', () => {
    assert.deepEqual(sentences(rule), [
      'MaxAuthTries 6 invites guessing (at most 4).',
      'LoginGraceTime 120 invites guessing (at most 60).',
      'MaxStartups 10:30:100 invites guessing (at most 10:30:60).',
    ])
    const sshd = sshdWith('MaxAuthTries 6')
    assert.deepEqual(places(rule, { sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:1', '', ''])
  })

  test('is unknown where sshd -T tells nothing, or no number', () => {
    const views = [view(short), view({ ...short, maxauthtries: 'many' }, 'anna')]
    assert.equal(verdictOf(rule, { effective: { views, perAccount: true } }), 'unknown')
    assert.equal(verdictOf(rule, { effective: effective({ ...short, maxstartups: '10:some:60' }) }), 'unknown')
    assert.equal(verdictOf(rule, { effective: effective({ ...short, maxstartups: '' }) }), 'unknown')
  })

  test('fix: only what is wrong, and never fewer tries than the agent has keys', () => {
    const set = (keyword: string, word: string, matchAll = false) => ({
      kind: 'setting',
      stage: 'close',
      keyword,
      values: [word],
      matchAll,
    })
    assert.deepEqual(changesOf(rule), [
      set('MaxAuthTries', '4'),
      set('LoginGraceTime', '60'),
      set('MaxStartups', '10:30:60'),
    ])
    const tries = effective({ ...short, maxauthtries: '10' })
    assert.deepEqual(changesOf(rule, { effective: tries }, { agentKeys: 5 }), [set('MaxAuthTries', '5')])
    const sshd = sshdWith('Match User anna', 'MaxAuthTries 10')
    assert.deepEqual(changesOf(rule, { effective: tries, sshd }), [set('MaxAuthTries', '4', true)])
  })
})
