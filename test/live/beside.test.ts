// Item 3 of the issue: the script that guides print and Riegel, on the same host under the same trouble. Here one that
// locks out and one that makes the script's success a lie; `npm run beside` runs all.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { falseSuccess, lockedOut, type Program, type Trouble } from './beside-rows.js'
import { line, sideBySide } from './beside-table.js'
import { Lab } from './lab/index.js'
import { beside } from './promise.js'
import { live } from './support.js'

const cases: [Program, Trouble][] = [
  ['script with rollback', 'port blocked, session lost'],
  ['riegel', 'port blocked, session lost'],
  ['script', 'cloud-init drop-in'],
  ['riegel', 'cloud-init drop-in'],
]

// mostly they wait: two at a time
describe('beside the script that guides print', { ...live, concurrency: 2 }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('beside')
  })
  after(() => lab.close())

  for (const [program, trouble] of cases)
    test(`${trouble}: ${program} does as docs/beside.json says`, async () => {
      const row = await sideBySide(lab, program, trouble)
      assert.equal(lockedOut(row) || falseSuccess(row), program !== 'riegel', line(row))
      assert.deepEqual(
        row,
        beside().find(one => one.program === program && one.trouble === trouble),
      )
    })
})
