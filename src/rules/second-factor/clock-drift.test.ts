import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, debian, refusalOf, sentences, verdictOf } from '../../../test/fixtures/facts.js'
import type { ClockFacts } from '../../model/facts.js'
import rule from './clock-drift.js'

const secondFactor = {
  auth: ['required pam_google_authenticator.so'],
  modules: ['pam_google_authenticator.so'],
  enrolled: [],
}
const clock = (changed: Partial<ClockFacts> = {}) => ({ secondFactor, clock: { ...debian.clock, ...changed } })

describe(rule.id, () => {
  test('passes where the clocks agree within the time a code is good for', () => {
    for (const drift of [0, 30, -30]) assert.equal(verdictOf(rule, clock({ drift })), 'pass', String(drift))
  })

  test('fails where they do not, and says which way (T35)', () => {
    assert.deepEqual(sentences(rule, clock({ drift: 31 })), ["The server's clock is 31 s ahead of yours."])
    assert.deepEqual(sentences(rule, clock({ drift: -3600 })), ["The server's clock is 3600 s behind yours."])
  })

  test('fails where the clock is not synchronised, whatever it says now', () => {
    assert.deepEqual(complaints(rule, clock({ synchronised: false })), ['clock'])
    assert.deepEqual(complaints(rule, clock({ synchronised: false, drift: undefined })), ['clock'])
    assert.deepEqual(complaints(rule, clock({ synchronised: false, drift: 90 })), ['drift', 'clock'])
  })

  test('is unknown where the clocks were not compared', () => {
    assert.equal(verdictOf(rule, clock({ drift: undefined })), 'unknown')
  })

  test('is unknown where nobody says whether it is synchronised, unless the clocks disagree', () => {
    assert.equal(verdictOf(rule, clock({ synchronised: false, unanswered: true })), 'unknown')
    assert.deepEqual(complaints(rule, clock({ synchronised: false, unanswered: true, drift: 90 })), ['drift'])
  })

  test('is not applicable without a second factor by time, and in a container', () => {
    assert.equal(verdictOf(rule, { clock: { ...debian.clock, synchronised: false } }), 'not-applicable')
    assert.equal(
      verdictOf(rule, { ...clock({ drift: 90 }), system: { ...debian.system, container: 'lxc' } }),
      'not-applicable',
    )
  })

  test('fix: synchronises it, unless it is: then it is the other clock', () => {
    const start = { kind: 'service', stage: 'after', unit: 'systemd-timesyncd.service' }
    assert.deepEqual(changesOf(rule, clock({ synchronised: false, active: false })), [start])
    assert.match(refusalOf(rule, clock({ drift: 90 })), /this computer's/)
    assert.match(refusalOf(rule, clock({ synchronised: false })), /runs already/)
  })
})
