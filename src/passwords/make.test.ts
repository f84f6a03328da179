import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lengths, makeCharacters, makePassword, makeWords } from './make.js'
import { words as german } from './words-de.js'

const many = (letters: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  return counts
}

test('five groups of four from the letters that German and US keyboards share, never the same twice', () => {
  const made = Array.from({ length: 200 }, makePassword)
  for (const one of made) assert.match(one, /^([a-km-np-x2-9]{4}\.){4}[a-km-np-x2-9]{4}$/)
  assert.equal(new Set(made).size, made.length)
  // every letter of the alphabet comes up
  assert.equal(new Set(made.join('').replaceAll('.', '')).size, 30)
})

describe('characters', () => {
  test('as many as asked for, of all four kinds, none that looks like another', () => {
    for (const length of [lengths.characters.least, 20, 128])
      for (let at = 0; at < 100; at++) {
        const { password } = makeCharacters(length)
        assert.equal(password.length, length)
        for (const kind of [/[a-z]/, /[A-Z]/, /[2-9]/, /[-_.+]/]) assert.match(password, kind)
        assert.doesNotMatch(password, /[loIO01]/)
      }
  })

  test('each as often as the other', () => {
    const counts = many(Array.from({ length: 1000 }, () => [...makeCharacters(60).password]).flat())
    assert.equal(counts.size, 60)
    // 1000 on the average; six times its standard deviation of 31
    for (const [letter, count] of counts) assert.ok(Math.abs(count - 1000) < 190, `${letter}: ${count}`)
  })

  test('bits are told less those that lack a kind, which are never made', () => {
    // 4 places, 4 kinds: 4! orders of 24 * 24 * 8 * 4 letters
    assert.ok(Math.abs(makeCharacters(4).bits - Math.log2(24 * 24 * 24 * 8 * 4)) < 1e-9)
    const twenty = makeCharacters(20).bits
    assert.ok(twenty < Math.log2(60) * 20 && twenty > 116, `${twenty}`)
  })
})

describe('words', () => {
  test('the German list: 7776 different ones, small letters only', () => {
    assert.equal(german.length, 7776)
    assert.equal(new Set(german).size, 7776)
    for (const word of german) assert.match(word, /^[a-z]{4,8}$/)
  })

  test('as many as asked for, from the list, and the bits of the list', async () => {
    const six = await makeWords(6, 'de')
    assert.equal(six.password.split('.').length, 6)
    for (const word of six.password.split('.')) assert.ok(german.includes(word), word)
    assert.equal(six.bits, Math.log2(7776) * 6)
    const english = await makeWords(5, 'en')
    assert.match(english.password, /^([a-z]+\.){4}[a-z]+$/)
    assert.equal(english.bits, Math.log2(7776) * 5)
  })

  test('every one comes up, in its turn', async () => {
    const { password } = await makeWords(80_000, 'de')
    const counts = many(password.split('.'))
    assert.ok(counts.size > 7700, `${counts.size}`)
    assert.ok(Math.max(...counts.values()) < 35)
  })
})
