// Lists that nobody here wrote (issue: "strength verdicts"): whoever has the packages' mirror in reach fetches them.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { weakBelow } from '../src/model/passwords.js'
import { loadStrength, type Strength } from '../src/passwords/strength.js'
import { packageFile } from './fixtures/package-file.js'

describe('strength of lists from Debian packages', () => {
  let strength: Strength
  before(async () => {
    strength = await loadStrength()
  })
  const strongOf = (words: readonly string[]): string[] => words.filter(one => strength.guesses(one, []) >= weakBelow)

  test("of John the Ripper's list, sorted by use, the first 1,000 are weak, and all others", async t => {
    const list = await packageFile('john-data', 'usr/share/john/password.lst')
    if ('missing' in list) return t.skip(list.missing)
    const words = list
      .toString('latin1')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#!comment'))
    assert.ok(words.length > 3000, `${words.length} passwords`)
    assert.deepEqual(strongOf(words.slice(0, 1000)), [])
    assert.deepEqual(strongOf(words.slice(1000)), [])
  })

  test("cracklib's small list: of every fiftieth word, but for some that no list by use knows, none is strong", async t => {
    const list = await packageFile('cracklib-runtime', 'usr/share/dict/cracklib-small')
    if ('missing' in list) return t.skip(list.missing)
    const words = list
      .toString('latin1')
      .split('\n')
      .filter((line, at) => line !== '' && at % 50 === 0)
    assert.ok(words.length > 1000, `${words.length} words`)
    const strong = strongOf(words)
    t.diagnostic(`${words.length} words, taken for strong: ${strong.join(', ') || 'none'}`)
    assert.ok(strong.length <= words.length / 200, strong.join(', '))
  })
})
