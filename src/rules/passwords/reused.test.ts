import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, password, verdictOf } from '../../../test/fixtures/facts.js'
import type { PasswordFacts } from '../../model/facts.js'
import rule from './reused.js'

/** Entries a, b, c, ... with what each has in common with others. */
const entries = (...all: readonly Partial<PasswordFacts>[]) => ({
  passwords: all.map((one, at) => password({ key: 'abcdefgh'[at]!, ...one })),
})

describe(rule.id, () => {
  test('passes where every password is alone', () => {
    assert.equal(verdictOf(rule, entries({}, {})), 'pass')
    assert.equal(verdictOf(rule, { passwords: [] }), 'not-applicable')
  })

  test('fails once for a password that several entries share, by the first of them', () => {
    const facts = entries({ sameAs: ['b', 'd'] }, { sameAs: ['a', 'd'] }, {}, { sameAs: ['a', 'b'] })
    assert.deepEqual(complaints(rule, facts), ['a'])
    const verdict = rule.evaluate({ ...debian, ...facts })
    assert.ok(verdict.verdict === 'fail')
    assert.match(JSON.stringify(verdict.problems[0].values), /dasselbe Passwort wie „b“, „d“/)
  })

  test('fails for pairs that are near, each told once', () => {
    const facts = entries({ nearlyAs: ['b'] }, { nearlyAs: ['a', 'c'] }, { nearlyAs: ['b'] })
    assert.deepEqual(complaints(rule, facts), ['a', 'b'])
  })

  test("fails where the vault's own password is used in it", () => {
    const own = { guesses: 20, leaked: 0, sameAs: ['a'], nearlyAs: [] }
    assert.deepEqual(complaints(rule, { ...entries({}), vault: { ...debian.vault, own } }), [debian.vault.path])
  })

  test('a group larger than its list is counted whole', () => {
    const keys = Array.from({ length: 30 }, (_, at) => `e${at}`)
    const passwords = keys.map(key => password({ key, sameAs: keys.filter(one => one !== key).slice(0, 20) }))
    const verdict = rule.evaluate({ ...debian, passwords })
    assert.ok(verdict.verdict === 'fail' && verdict.problems.length === 1)
    assert.match(JSON.stringify(verdict.problems[0].values), /und 24 weitere/)
  })
})
