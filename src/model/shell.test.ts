import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { json, printable, printableLine, quote } from './shell.js'

describe('quote', () => {
  test('a shell reads back every word as it was, whatever is in it', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }).filter(one => !one.includes('\0') && !/[\ud800-\udfff]/.test(one)),
      fc.constantFrom("'", "''", "a'b", '$(id)', '`id`', '\\', '\n', '-n', '"', '$HOME', '*', '~', '', ' ', '\r\n'),
    )
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), words => {
        const script = `printf '%s\\0' ${words.map(quote).join(' ')}`
        const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
        assert.deepEqual(stdout.split('\0').slice(0, -1), words)
      }),
      { numRuns: 40 },
    )
  })
  test('refuses NUL, which no shell can be given', () => assert.throws(() => quote('a\0b')))
})

describe('json', () => {
  test('nothing that moves a cursor, colours or turns text around comes through, and nothing is lost', () => {
    const anything = fc.array(fc.string({ unit: 'binary' }))
    const hostile = ['\u001b[31mred\u0007\u009b2J\u202eabc\u061c\u2069\r\u0000\u007f\u0085\ud800\n']
    fc.assert(
      fc.property(fc.oneof(anything, fc.constant(hostile)), value => {
        assert.doesNotMatch(
          json(value, 1),
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
        )
        assert.deepEqual(JSON.parse(json(value, 1)), value)
      }),
    )
  })
})

describe('printable', () => {
  test('nothing that moves a cursor, colours or turns text around comes through', () => {
    const hostile = '\u001b[31mred\u0007\u009b2J\u202eabc\u061c\r\u0000\u007f\ud800'
    assert.doesNotMatch(printable(hostile), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u202a-\u202e]/)
    assert.match(printable(hostile), /red/)
  })
  test('umlauts and newlines stay; a line has none', () => {
    assert.equal(printable('für\ndich'), 'für\ndich')
    assert.equal(printableLine('für\ndich'), 'für dich')
  })
})
