import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { columns, fit, length, moment, seconds, style, wrap } from './layout.js'

const words = fc.array(fc.stringMatching(/^[a-zäöü/.-]{1,30}$/), { minLength: 1, maxLength: 40 })

describe('wrap', () => {
  test('loses no word, and breaks only where a line would be too long', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 100 }), (list, width) => {
        const lines = wrap(list.join(' '), width, '  x  ')
        assert.equal(lines.join(' ').replace(/\s+/g, ' '), `  x  ${list.join(' ')}`.replace(/\s+/g, ' '))
        for (const [at, line] of lines.entries()) {
          assert.ok(length(line) <= width || line.trim().split(/\s+/).length <= 2, line)
          assert.equal(line.slice(0, 5), at === 0 ? '  x  ' : '     ')
        }
      }),
    )
  })

  test('never cuts a word', () => {
    const path = `/${'a'.repeat(120)}`
    assert.deepEqual(wrap(`see ${path} there`, 80), ['see', path, 'there'])
  })

  test('counts letters, not code units', () => {
    assert.equal(wrap('𝒶'.repeat(40), 40).length, 1)
  })
})

describe('columns', () => {
  test('the second column hangs below itself', () => {
    assert.deepEqual(
      columns(
        [
          ['ab', 'one two three'],
          ['c', 'four'],
        ],
        16,
      ),
      ['  ab   one two', '       three', '  c    four'],
    )
  })
})

describe('fit', () => {
  test('keeps the width between 80 and 100', () => {
    assert.deepEqual([20, 80, 93.5, 400].map(fit), [80, 80, 93, 100])
  })
})

describe('style', () => {
  test('off is plain text, on ends what it began', () => {
    assert.equal(style(false).red('offen'), 'offen')
    assert.equal(style(true).red('offen'), '\u001b[31moffen\u001b[39m')
    assert.equal(style(true).red(''), '')
  })
})

describe('moment and seconds', () => {
  test('by language and zone', () => {
    assert.equal(moment('2026-11-24T18:04:00Z', 'de', 'Europe/Berlin'), '24.11.2026, 19:04')
    assert.equal(moment('2026-11-24T18:04:00Z', 'en', 'UTC'), '24 Nov 2026, 18:04')
    assert.equal(moment('2026-09-04T00:04:00Z', 'en', 'UTC'), '4 Sep 2026, 00:04')
    assert.equal(moment('2026-09-04T00:04:00Z', 'de', 'UTC'), '04.09.2026, 00:04')
  })

  test('a time that is none is left out', () => {
    assert.equal(moment('yesterday', 'de'), '')
  })

  test('one decimal, as the language writes it', () => {
    assert.equal(seconds(900, 'de'), '0,9 s')
    assert.equal(seconds(12_340, 'en'), '12.3 s')
  })
})
