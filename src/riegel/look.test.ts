import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { drift } from './look.js'

describe('how far two clocks are apart', () => {
  const from = new Date('2026-11-24T18:04:00Z')
  const to = new Date('2026-11-24T18:04:03Z')
  const at = (seconds: number) => drift(from.getTime() / 1000 + seconds, from, to)

  test('nothing while it may have been then; a script sent ahead began a little earlier', () => {
    for (const seconds of [-5, 0, 2, 3]) assert.equal(at(seconds), 0, String(seconds))
  })

  test('no more than is certain, to either side', () => {
    assert.deepEqual([at(34), at(-36), at(86_403)], [31, -31, 86_400])
  })
})
