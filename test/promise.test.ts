// docs/promise says the figures of the last whole run of faults, in both languages, and nothing else.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { beside, besideOf, page, tableOf, told, written } from './live/promise.js'

describe('docs/promise', () => {
  for (const lang of ['de', 'en'] as const)
    test(`${lang}: its tables are those of docs/faults.json, factor.json and beside.json (node build/test/live/promise.js)`, () => {
      assert.equal(page(lang), written(lang))
      assert.match(page(lang), /<!-- table -->\n\d/)
      assert.match(page(lang), /<!-- factor -->\n\d/)
      assert.match(page(lang), /<!-- beside -->\n\|/)
    })

  test('nothing bad is summed away', () => {
    const row = { ...told().rows[0]!, lockedOut: true, between: ['/etc/x'], falseSuccess: true, nextFailed: '2' }
    assert.match(tableOf({ seconds: 60, rows: [row] }, 'en'), /\| 1 \| 1 \| 1 \| 1 \|$/m)
  })

  test('nothing bad of Riegel is left out beside the script', () => {
    const rows = beside().map(row => (row.program === 'riegel' ? { ...row, afterReboot: 'no' as const } : row))
    assert.match(besideOf(rows, 'en'), /\*\*locked out\*\* \| [^|]+ \| [^|]+ \| 8 of 8 \|$/m)
    assert.match(besideOf(rows, 'en'), /\*\*locked out\*\*, \*\*told as success\*\* \|$/m)
  })

  test('both pages have the same parts', () => {
    const parts = (lang: 'de' | 'en') => page(lang).match(/^(#+|\d+\.|-) ?/gm)
    assert.deepEqual(parts('de'), parts('en'))
  })
})
