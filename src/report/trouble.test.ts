import assert from 'node:assert/strict'
import { test } from 'node:test'
import { text } from '../model/text.js'
import { troubleText } from './trouble.js'

test('an error is two lines, whatever stands in it', () => {
  const trouble = { text: text('a\nb\u001b[2J', 'a'), hint: text('c\td', 'c') }
  assert.equal(troubleText(trouble, 'de'), 'Fehler: a b?[2J\nHinweis: c d\n')
  assert.equal(troubleText(trouble, 'en'), 'Error: a\nHint: c\n')
})
