import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, leavesOf, refusalOf, verdictOf, withAnna } from '../../../test/fixtures/facts.js'
import type { PathFacts } from '../../model/facts.js'
import rule from './loose-file-modes.js'

const home = (more: Partial<PathFacts> = {}): PathFacts => ({
  path: '/home/anna',
  account: 'anna',
  mode: 0o755,
  owner: 'anna',
  kind: 'directory',
  ...more,
})
const file = (more: Partial<PathFacts> = {}): PathFacts =>
  home({ path: '/home/anna/.ssh/authorized_keys', mode: 0o600, kind: 'file', ...more })
const seen = (...paths: PathFacts[]) => {
  const { accounts, loginKeys } = withAnna()
  return { accounts, loginKeys: { ...loginKeys, paths } }
}

describe(rule.id, () => {
  test('passes where only the owner or root may write', () => {
    assert.equal(verdictOf(rule, seen(home(), file(), file({ owner: 'root', mode: 0o644 }))), 'pass')
  })

  test('is unknown by the mode of a link, which says nothing', () => {
    assert.equal(verdictOf(rule, seen(home({ kind: 'link', mode: 0o777 }))), 'unknown')
    assert.deepEqual(complaints(rule, seen(home({ kind: 'link', mode: 0o777 }), file({ mode: 0o660 }))), [
      'anna:/home/anna/.ssh/authorized_keys',
    ])
  })

  test('fails where a group or others may write', () => {
    assert.deepEqual(complaints(rule, seen(home({ mode: 0o775 }), file({ mode: 0o602 }))), [
      'anna:/home/anna',
      'anna:/home/anna/.ssh/authorized_keys',
    ])
  })

  test('fails where somebody else owns it', () => {
    assert.deepEqual(complaints(rule, seen(home(), file({ owner: 'bea' }))), ['anna:/home/anna/.ssh/authorized_keys'])
  })

  test('fix: takes the write bits only, by the hand that owns the place, before the proof', () => {
    const outside = file({ path: '/etc/ssh/keys/anna', owner: 'root', mode: 0o664 })
    assert.deepEqual(changesOf(rule, seen(home({ mode: 0o2775 }), outside)), [
      { kind: 'mode', stage: 'open', path: '/home/anna', mode: 0o2755, account: 'anna' },
      { kind: 'mode', stage: 'open', path: '/etc/ssh/keys/anna', mode: 0o644, account: 'root' },
    ])
  })

  test('fix: leaves what has the wrong owner, where it can mend another', () => {
    const both = seen(home({ mode: 0o775 }), file({ owner: 'bea' }))
    assert.deepEqual(
      changesOf(rule, both).map(change => change.kind === 'mode' && change.path),
      ['/home/anna'],
    )
    assert.deepEqual(leavesOf(rule, both), ['anna:/home/anna/.ssh/authorized_keys'])
  })

  test('fix refuses what has the wrong owner', () => {
    assert.match(refusalOf(rule, seen(file({ owner: 'bea', mode: 0o666 }))), /authorized_keys/)
  })
})
