import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, test } from 'node:test'
import { isNear, most, usesOf } from './reuse.js'

const near = (a: string, b: string): boolean => usesOf([a, b])[0]!.near.length === 1

/** The plain way, which is slow: all edits counted. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), row[j]! + 1, next[j - 1]! + 1))
    row = next
  }
  return row[b.length]!
}

describe('passwords that are used twice', () => {
  test('the same ones know each other, in the order of the entries', () => {
    const uses = usesOf(['a', 'b', 'a', 'c', 'a'])
    assert.deepEqual(
      uses.map(({ same }) => same),
      [[2, 4], [], [0, 4], [], [0, 2]],
    )
  })

  test('near: case and digits at the end, or two edits from eight letters on', () => {
    for (const [a, b] of [
      ['Sommer2024', 'sommer'],
      ['Sommer2024', 'SOMMER1'],
      ['Sommer2024!', 'Sommer2025!'],
      ['Kennwort!x', 'Kennwort'],
      ['kq7m.f3ta.w9hd', 'kq7m.f3tb.w9he'],
    ] as const)
      assert.ok(near(a, b), `${a} ${b}`)
    for (const [a, b] of [
      ['abc1', 'abc2'],
      ['Haus!', 'Maus!'],
      ['12345678', '12345679'],
      ['kq7m.f3ta.w9hd', 'kq7m.f3tb.w8he'],
      ['a', 'a1'],
    ] as const)
      assert.ok(!near(a, b), `${a} ${b}`)
  })

  test('random ones are near to nobody, 3,000 of them in little time', () => {
    const letters = 'abcdefghijkmnpqrstuvwx23456789'
    const random = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
    const words = Array.from({ length: 3000 }, (_, at) => random(10 + (at % 12)))
    const started = performance.now()
    assert.ok(usesOf(words).every(({ same, near }) => same.length + near.length === 0))
    assert.ok(performance.now() - started < 5000)
  })

  test('10,000 that share most of their letters take little time', () => {
    const random = (length: number) => Array.from({ length }, () => 'abcdefghijkmnpqrstuvwx'[randomInt(22)]).join('')
    const sets = [
      (at: number) => `Kennwort${at}!`,
      () => `MeineFirma2024-${random(7)}`,
      () => Array.from({ length: 14 }, () => 'ab'[randomInt(2)]).join(''),
    ]
    for (const make of sets) {
      const started = performance.now()
      const uses = usesOf(Array.from({ length: 10_000 }, (_, at) => make(at)))
      assert.equal(uses.length, 10_000)
      assert.ok(performance.now() - started < 10_000, `${make(1)}: ${performance.now() - started} ms`)
    }
  })

  test('what is found is what counting every pair finds', () => {
    const letters = 'ab'
    const words = [
      ...new Set(
        Array.from({ length: 300 }, () =>
          Array.from({ length: 8 + randomInt(6) }, () => letters[randomInt(2)]).join(''),
        ),
      ),
    ]
    for (const a of words.slice(0, 60))
      for (const b of words) assert.equal(isNear(a, b), distance(a, b) <= 2, `${a} ${b}`)
    const uses = usesOf(words)
    const full = (at: number) => uses[at]!.near.length === most
    for (const [at, word] of words.entries())
      for (const [to, other] of words.entries()) {
        const found = uses[at]!.near.includes(to)
        const truly = at !== to && distance(word, other) <= 2
        assert.ok(found ? truly : !truly || full(at) || full(to), `${word} ${other}`)
      }
    assert.ok(uses.some(({ near }) => near.length > 0 && near.length < most))
  })
})
