import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, password, sentences, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './weak.js'

describe(rule.id, () => {
  test('passes from 10^12 guesses on, and where the person excluded the rest from it', () => {
    const passwords = [password({ guesses: 12 }), password({ key: 'b', guesses: 40 }), password({ guesses: null })]
    assert.equal(verdictOf(rule, { passwords }), 'pass')
  })

  test('fails below, the weakest first', () => {
    const passwords = [
      password({ key: 'Mail/GMX', guesses: 11.99 }),
      password({ key: 'ok', guesses: 13 }),
      password({ key: 'empty one', guesses: 0 }),
    ]
    assert.deepEqual(complaints(rule, { passwords }), ['empty one', 'Mail/GMX'])
    assert.match(sentences(rule, { passwords })[1]!, /^"Mail\/GMX" is guessed after about 980 billion tries\.$/)
  })

  test('does not apply where there is no password', () => {
    assert.equal(verdictOf(rule, { passwords: [] }), 'not-applicable')
    assert.equal(verdictOf(rule, { passwords: [password({ guesses: null })] }), 'not-applicable')
  })
})
