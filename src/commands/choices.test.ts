import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Trouble } from '../model/trouble.js'
import { checkName, checkPort } from './choices.js'

const code = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Trouble) return error.code
    throw error
  }
  return 'fine'
}

describe('a name for the account', () => {
  test('as useradd takes it, and that nobody guesses', () => {
    for (const name of ['lotse', 'anna', '_x', 'a-b_9', 'a'.repeat(31)]) assert.equal(checkName(name), name)
    for (const name of ['root', 'admin', 'user', 'ubuntu', 'debian'])
      assert.equal(
        code(() => checkName(name)),
        'default-name',
        name,
      )
    for (const name of ['', 'Anna', 'a b', '9a', '-x', 'a/b', 'ä', 'a'.repeat(32), 'a\nb', '$(id)'])
      assert.equal(
        code(() => checkName(name)),
        'bad-name',
        name,
      )
  })
})

describe('a port to move to', () => {
  test('a number, or a word to stay', () => {
    assert.equal(checkPort('301'), 301)
    assert.equal(checkPort('keep'), 'keep')
    assert.equal(checkPort('behalten'), 'keep')
    for (const word of ['', '0', '65536', '3 01', '-1', '0x10', 'ssh', '1e2'])
      assert.equal(
        code(() => checkPort(word)),
        'bad-port',
        word,
      )
    for (const word of ['80', '443', '25'])
      assert.equal(
        code(() => checkPort(word)),
        'needed-port',
        word,
      )
  })
})
