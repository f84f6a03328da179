import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePassword } from './make.js'

test('five groups of four from the letters that German and US keyboards share, never the same twice', () => {
  const made = Array.from({ length: 200 }, makePassword)
  for (const one of made) assert.match(one, /^([a-km-np-x2-9]{4}\.){4}[a-km-np-x2-9]{4}$/)
  assert.equal(new Set(made).size, made.length)
  // every letter of the alphabet comes up
  assert.equal(new Set(made.join('').replaceAll('.', '')).size, 30)
})
