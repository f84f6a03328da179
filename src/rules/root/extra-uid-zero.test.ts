import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, complaints, debian, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './extra-uid-zero.js'

describe(rule.id, () => {
  test('passes where only root has UID 0', () => {
    assert.equal(verdictOf(rule, { accounts: [...debian.accounts, account('anna', 1000)] }), 'pass')
  })

  test('fails with every other name for UID 0, locked or not', () => {
    const accounts = [...debian.accounts, account('toor', 0), account('sys0', 0, { shellRuns: false })]
    assert.deepEqual(complaints(rule, { accounts }), ['toor', 'sys0'])
  })
})
