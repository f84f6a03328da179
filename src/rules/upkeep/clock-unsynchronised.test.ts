import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, debian, refusalOf, verdictOf } from '../../../test/fixtures/facts.js'
import type { ClockFacts } from '../../model/facts.js'
import rule from './clock-unsynchronised.js'

const clock = (changed: Partial<ClockFacts> = {}) => ({
  clock: { synchronised: false, service: '', active: false, timesyncdInstalled: true, ...changed },
})

describe(rule.id, () => {
  test('passes where the clock is synchronised', () => {
    assert.equal(verdictOf(rule), 'pass')
  })

  test('fails where it is not, a service for it or none', () => {
    assert.deepEqual(complaints(rule, clock()), ['clock'])
    assert.deepEqual(complaints(rule, clock({ service: 'chrony', active: true })), ['clock'])
  })

  test('is unknown where nobody says whether it is', () => {
    const chrony = { service: 'chrony', active: true, unanswered: true }
    assert.equal(verdictOf(rule, clock(chrony)), 'unknown')
  })

  test('is not applicable in a container', () => {
    const system = { ...debian.system, container: 'lxc' }
    assert.equal(verdictOf(rule, { ...clock(), system }), 'not-applicable')
  })

  test('fix: starts systemd-timesyncd, installs it where it is missing', () => {
    const start = { kind: 'service', stage: 'after', unit: 'systemd-timesyncd.service' }
    assert.deepEqual(changesOf(rule, clock()), [start])
    assert.deepEqual(changesOf(rule, clock({ timesyncdInstalled: false })), [
      { kind: 'package', stage: 'after', name: 'systemd-timesyncd' },
      start,
    ])
  })

  test('fix refuses where a service runs already, and without apt', () => {
    assert.match(refusalOf(rule, clock({ service: 'chrony', active: true })), /chrony runs already/)
    const system = { ...debian.system, tools: [] }
    assert.match(refusalOf(rule, { ...clock({ timesyncdInstalled: false }), system }), /apt only/)
  })
})
