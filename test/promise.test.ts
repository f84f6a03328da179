// docs/promise says the figures of the last whole run of faults, in both languages, and nothing else.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { page, tableOf, told, withTable } from './live/promise.js'

describe('docs/promise', () => {
  for (const lang of ['de', 'en'] as const)
    test(`${lang}: the table is the one of docs/faults.json (node build/test/live/promise.js)`, () => {
      assert.equal(page(lang), withTable(page(lang), tableOf(told(), lang)))
      assert.match(page(lang), /<!-- table -->\n\d/)
    })

  test('nothing bad is summed away', () => {
    const row = { ...told().rows[0]!, lockedOut: true, between: ['/etc/x'], falseSuccess: true, nextFailed: '2' }
    assert.match(tableOf({ seconds: 60, rows: [row] }, 'en'), /\| 1 \| 1 \| 1 \| 1 \|$/m)
  })

  test('both pages have the same parts', () => {
    const parts = (lang: 'de' | 'en') => page(lang).match(/^(#+|\d+\.|-) ?/gm)
    assert.deepEqual(parts('de'), parts('en'))
  })
})
