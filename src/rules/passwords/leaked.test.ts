import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, password, sentences, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './leaked.js'

describe(rule.id, () => {
  test('passes where every password was looked up and is in no leak', () => {
    assert.equal(verdictOf(rule, { passwords: [password({ leaked: 0 }), password({ key: 'b', leaked: 0 })] }), 'pass')
  })

  test('fails for those that are in one, the most frequent first, also beside unknown ones', () => {
    const passwords = [
      password({ key: 'once', leaked: 1 }),
      password({ key: 'clean', leaked: 0 }),
      password({ key: 'open', leaked: null }),
      password({ key: 'often', leaked: 1_234_567 }),
    ]
    assert.deepEqual(complaints(rule, { passwords }), ['often', 'once'])
    assert.deepEqual(sentences(rule, { passwords }), [
      '"often" is in known leaks, 1,234,567 times.',
      '"once" is in known leaks.',
    ])
  })

  test('one that was not looked up is unknown, never a pass', () => {
    assert.equal(verdictOf(rule, { passwords: [password({ leaked: 0 }), password({ leaked: null })] }), 'unknown')
    assert.equal(verdictOf(rule, { passwords: [] }), 'not-applicable')
  })
})
