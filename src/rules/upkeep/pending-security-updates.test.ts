import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, sentences, verdictOf } from '../../../test/fixtures/facts.js'
import type { UpdateFacts } from '../../model/facts.js'
import rule from './pending-security-updates.js'

const updates = (changed: Partial<UpdateFacts>) => ({ updates: { ...debian.updates, ...changed } })

describe(rule.id, () => {
  test('passes where nothing waits and the lists are fresh', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, updates({ listsAgeDays: 7 })), 'pass')
  })

  test('fails with what waits, however old the lists are', () => {
    assert.deepEqual(complaints(rule, updates({ pendingSecurity: ['openssl'] })), ['packages'])
    assert.deepEqual(complaints(rule, updates({ pendingSecurity: ['openssl'], listsAgeDays: null })), ['packages'])
  })

  test('fails with five names and a number for the rest', () => {
    const said = (...pendingSecurity: string[]) => sentences(rule, updates({ pendingSecurity }))
    assert.deepEqual(said('a', 'b', 'c', 'd', 'e'), ['Security updates wait: a, b, c, d, e.'])
    assert.deepEqual(said('a', 'b', 'c', 'd', 'e', 'f', 'g'), ['Security updates wait: a, b, c, d, e and 2 more.'])
  })

  test('is unknown without apt, without an answer, and with old lists', () => {
    assert.equal(verdictOf(rule, updates({ manager: 'other' })), 'unknown')
    assert.equal(verdictOf(rule, updates({ pendingSecurity: null })), 'unknown')
    assert.equal(verdictOf(rule, updates({ listsAgeDays: 8 })), 'unknown')
    assert.equal(verdictOf(rule, updates({ listsAgeDays: null })), 'unknown')
    assert.equal(verdictOf(rule, updates({ pendingSecurity: null, listsAgeDays: null })), 'unknown')
  })
})
