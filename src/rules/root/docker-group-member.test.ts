import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, verdictOf, withAnna } from '../../../test/fixtures/facts.js'
import rule from './docker-group-member.js'

describe(rule.id, () => {
  test('passes with ordinary groups, and for root itself', () => {
    assert.equal(verdictOf(rule, withAnna({ groups: ['anna', 'sudo', 'users'] })), 'pass')
    assert.equal(verdictOf(rule, { accounts: [{ ...debian.accounts[0]!, groups: ['root', 'disk'] }] }), 'pass')
  })

  test('passes where the member cannot log in', () => {
    assert.equal(verdictOf(rule, { ...withAnna({ groups: ['docker'] }), loginKeys: debian.loginKeys }), 'pass')
  })

  test('fails once per group that is as good as root', () => {
    const groups = ['anna', 'docker', 'disk', 'shadow']
    assert.deepEqual(complaints(rule, withAnna({ groups })), ['anna:docker', 'anna:disk', 'anna:shadow'])
  })
})
