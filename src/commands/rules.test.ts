import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ruleList } from '../riegel/survey.js'
import { nearest } from './nearest.js'

describe('the word that was meant', () => {
  const ids = ruleList.map(rule => rule.id)
  for (const [word, meant] of [
    ['root/login', 'root/ssh-login'],
    ['keys/password', 'keys/password-login'],
    ['ports/default-port', 'ports/ssh-default-port'],
    ['root/ssh-logn', 'root/ssh-login'],
  ] as const)
    test(`${word} is ${meant}`, () => assert.equal(nearest(word, ids), meant))

  test('of nothing there is nothing near', () => assert.equal(nearest('x', []), ''))
})
