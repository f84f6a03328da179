import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { debian, facts, privateKey } from '../../test/fixtures/facts.js'
import type { OperatorFacts, PathFacts } from '../model/facts.js'
import { compromisedKeys } from '../services/compromised-keys.js'
import { assess, select } from './survey.js'

const chosen = select([], [], 'keys')
const place = (more: Partial<PathFacts> = {}): PathFacts => ({
  path: '/home/anna/.ssh/id',
  account: 'anna',
  owner: 'anna',
  mode: 0o600,
  kind: 'file',
  ...more,
})
/** Verdicts and what is said, by the last part of the rule's name. */
const judged = (operator: Partial<OperatorFacts>) => {
  const { report } = assess(facts({ operator: { ...debian.operator, paths: [], ...operator } }), chosen)
  return Object.fromEntries(
    report.findings.map(one => [
      one.rule.replace('keys/', ''),
      [one.verdict, ...one.problems.map(({ text }) => text.en)].join(' '),
    ]),
  )
}

describe("rules asked of the operator's own keys alone", () => {
  test('these four, and harden repairs nothing of them', () => {
    assert.deepEqual(
      chosen.map(({ id }) => id),
      ['keys/known-compromised-key', 'keys/loose-file-modes', 'keys/weak-private-key', 'keys/unprotected-private-key'],
    )
    assert.ok(chosen.every(({ needs, fix, guide }) => needs.join() === 'operator' && fix === undefined && guide))
    assert.deepEqual(select(['keys/password-login'], [], 'keys'), [])
  })

  test('a good key, and none, pass; nothing is asked of the server', () => {
    for (const privateKeys of [[], [privateKey()]])
      assert.deepEqual(new Set(Object.values(judged({ privateKeys, paths: [place()] }))), new Set(['pass']))
  })

  test('a bare one fails, with the number that it has in its file; a handle does not', () => {
    const bare = privateKey({ path: '/k', encrypted: false })
    const keys = [privateKey({ path: '/k' }), { ...bare, line: 8 }, { ...bare, path: '/sk', type: 'ed25519-sk' }]
    assert.equal(judged({ privateKeys: keys })['unprotected-private-key'], 'fail Your key /k#2 has no passphrase.')
  })

  test('a key that everybody has', () => {
    const [{ fingerprint, known } = assert.fail()] = compromisedKeys
    assert.match(
      judged({ privateKeys: [privateKey({ fingerprint })] })['known-compromised-key']!,
      new RegExp(`^fail Your key .* ${known.replace(/[()]/g, '.')}`),
    )
    assert.equal(judged({ privateKeys: [privateKey({ fingerprint: '' })] })['known-compromised-key'], 'unknown')
  })

  test('modes: for a key nobody else at all, for its folder nobody who writes', () => {
    const modes = (...paths: PathFacts[]) => judged({ paths })['loose-file-modes']
    const folder = (mode: number) => place({ path: '/home/anna/.ssh', kind: 'directory', mode })
    for (const mode of [0o600, 0o400, 0o700]) assert.equal(modes(place({ mode }), folder(0o755)), 'pass')
    assert.equal(modes(folder(0o1777)), 'pass')
    assert.equal(modes(place({ mode: 0o640 })), 'fail /home/anna/.ssh/id is open to others too (0640, owned by anna).')
    for (const path of [place({ mode: 0o604 }), folder(0o775), place({ owner: 'uid 7' })])
      assert.match(modes(path)!, /^fail/)
    assert.equal(judged({ paths: undefined })['loose-file-modes'], 'not-applicable')
  })

  test('what could not be read leaves everything unknown, and what was found fails all the same', () => {
    const unread = [{ path: '/k/shut', why: 'denied' as const }]
    assert.deepEqual(new Set(Object.values(judged({ unread }))), new Set(['unknown']))
    assert.match(
      judged({ unread, privateKeys: [privateKey({ encrypted: false })] })['unprotected-private-key']!,
      /^fail/,
    )
    assert.equal(
      judged({ privateKeys: [privateKey({ format: 'unknown', encrypted: false })] })['unprotected-private-key'],
      'unknown',
    )
  })
})
