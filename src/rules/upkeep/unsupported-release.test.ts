import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, sections, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './unsupported-release.js'

const running = (os: string, osVersion: string, now = debian.system.now) => ({
  system: { ...debian.system, os, osVersion, now },
})

describe(rule.id, () => {
  test('passes while updates come, on the last day too', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, running('debian', '11', Date.UTC(2026, 7, 31, 23, 59) / 1000)), 'pass')
  })

  test('fails from the day after', () => {
    assert.deepEqual(complaints(rule, running('debian', '11', Date.UTC(2026, 8, 1) / 1000)), ['debian 11'])
    assert.deepEqual(complaints(rule, running('ubuntu', '20.04')), ['ubuntu 20.04'])
  })

  test('is unknown for a release that is not known here', () => {
    assert.equal(verdictOf(rule, running('debian', '')), 'unknown')
    assert.equal(verdictOf(rule, running('almalinux', '9.4')), 'unknown')
    const verdict = rule.evaluate(sections({ system: { ...running('void', '').system, prettyName: 'Void Linux' } }))
    assert.match('because' in verdict ? verdict.because.en : '', /Void Linux/)
  })
})
