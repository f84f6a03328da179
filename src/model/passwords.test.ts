import assert from 'node:assert/strict'
import { test } from 'node:test'
import { password } from '../../test/fixtures/facts.js'
import { roughly, theOne, whose } from './passwords.js'

test('a power of ten is told in round words', () => {
  const told = [0, 0.6, 2.5, 3, 4.26, 7.49, 9, 11.9].map(power => roughly(power).en)
  assert.deepEqual(told, ['1', '4', '320', '1 thousand', '20 thousand', '30 million', '1 billion', '790 billion'])
  assert.equal(roughly(7.49).de, '30 Millionen')
})

test('an entry is called by its key, the only password by no name', () => {
  assert.equal(whose(password({ key: 'Mail/GMX', title: 'GMX' })).de, '„Mail/GMX“')
  assert.equal(whose(password({ key: theOne, title: '' })).en, 'The password')
  assert.equal(whose(password({ key: theOne, title: 'password' })).en, '"password"')
})
