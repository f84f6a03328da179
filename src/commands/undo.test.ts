import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Trouble } from '../model/trouble.js'
import type { Listed } from '../riegel/take-back.js'
import { pick } from './undo.js'

const ids = ['20261124-190201-aaaa', '20261124-190201-bbbb', '20261125-080000-cccc'] as const
const one = (id: string, state: string): Listed => ({
  id,
  state,
  stage: '',
  left: null,
  about: null,
  journal: [],
  files: [],
})
const past = (...states: string[]) => states.map((state, at) => one(ids[at]!, state))
/** What is refused, in which words. */
const refused = (listed: Listed[], id?: string): Trouble => {
  try {
    pick(listed, id)
  } catch (error) {
    if (error instanceof Trouble) return error
  }
  return assert.fail('nothing was refused')
}

describe('which transaction is taken back', () => {
  test('the newest that stands', () => {
    assert.equal(pick(past('confirmed', 'confirmed', 'rolled-back'), undefined)?.id, ids[1])
    assert.equal(pick(past('confirmed', 'stuck'), undefined)?.id, ids[1])
    assert.equal(pick(past('confirmed', 'confirmed', 'rolled-back'), ids[1])?.id, ids[1])
    assert.equal(pick(past('rolled-back'), undefined), null)
    assert.equal(pick(past('confirmed', 'rolled-back'), ids[1]), null)
    assert.equal(pick([], undefined), null)
  })

  test('an older one only after those that stand on it, which are named in their order', () => {
    const gone = refused(past('confirmed', 'rolled-back', 'confirmed'), ids[0])
    assert.equal(gone.code, 'later-ones')
    assert.ok(gone.text.en.endsWith(`: ${ids[2]}`))
    const two = refused(past('confirmed', 'confirmed', 'stuck'), ids[0])
    assert.ok(two.text.de.endsWith(`: ${ids[2]}, ${ids[1]}`))
    assert.match(two.hint?.en ?? '', /In this order/)
  })

  test('one that is not there, or not over', () => {
    assert.equal(refused(past('confirmed'), ids[2]).code, 'unknown-id')
    assert.equal(refused(past('confirmed', 'staged'), ids[1]).code, 'not-undoable')
    assert.match(refused(past('confirmed', 'armed')).text.en, /already at work/)
    assert.match(refused(past('undoing'), ids[0]).text.en, /already at work/)
  })
})
