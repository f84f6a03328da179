import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { About } from '../model/about.js'
import type { RuleId } from '../model/rule.js'
import { Trouble } from '../model/trouble.js'
import type { Listed } from '../riegel/take-back.js'
import { pickPart } from './undo-only.js'

const [first, second, third] = ['20261124-190201-aaaa', '20261125-080000-bbbb', '20261126-080000-cccc'] as const
const one = (id: string, state: string, rules: RuleId[], takesBack?: string): Listed => {
  const about: About = {
    ...{ schema: 'riegel.about/1', id, riegel: '0.1.0', at: '', by: 'root', from: '', method: 'publickey' },
    ...{ account: 'anna', made: false, ports: { before: [22], after: [301] }, rules, files: [] },
    ...(takesBack !== undefined && { takesBack }),
  }
  return { id, state, stage: '', left: null, about, journal: [], files: [] }
}
const past = [
  one(first, 'confirmed', ['root/ssh-login', 'keys/password-login', 'keys/patient-login']),
  one(second, 'confirmed', ['keys/password-login']),
  one(third, 'confirmed', ['root/ssh-login'], first),
]
const refused = (listed: Listed[], id: string | undefined, words: string[]): Trouble => {
  try {
    pickPart(listed, id, words)
  } catch (error) {
    if (error instanceof Trouble) return error
  }
  return assert.fail('nothing was refused')
}

describe('of which transaction a rule is taken back', () => {
  test('the newest that did it, never one that only took something back', () => {
    assert.equal(pickPart(past, undefined, ['root/ssh-login']).one.id, first)
    assert.equal(pickPart(past, undefined, ['keys/password-login']).one.id, second)
    assert.equal(pickPart(past, first, ['keys/password-login']).one.id, first)
    assert.equal(pickPart(past, undefined, ['root/ssh-login', 'keys/password-login']).one.id, first)
  })

  test('a basic means all its rules that were touched', () => {
    assert.deepEqual(pickPart(past, first, ['keys']).rules, ['keys/password-login', 'keys/patient-login'])
  })

  test('a rule that nothing did, an unknown ID, a stuck one, one under way', () => {
    const none = refused(past, undefined, ['ports/ssh-default-port'])
    assert.match(none.hint?.en ?? '', /There are: root\/ssh-login, keys\/password-login, keys\/patient-login/)
    assert.equal(refused(past, second, ['root']).code, 'not-undoable')
    assert.equal(refused(past, '20261124-190201-zzzz', ['root']).code, 'unknown-id')
    assert.match(refused([...past, one('20261127-080000-dddd', 'stuck', [])], undefined, ['root']).text.en, /is stuck/)
    assert.match(refused([one(first, 'armed', [])], undefined, ['root']).text.en, /already at work/)
  })
})
