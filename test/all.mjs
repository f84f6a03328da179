// Every test in one process: some thirty times faster than a process for each file. RIEGEL_SHARE=1, 2 and 3: two of them
// share the live tests, which mostly wait; the third has those that do nothing but wait, for codes, and all others.
// RIEGEL_PASS=second: all but the live ones, and of these the half that RIEGEL_SHARE=1 or 2 names.
// node --enable-source-maps --test-reporter=spec test/all.mjs

import { existsSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const top = fileURLToPath(new URL('..', import.meta.url))
const compiled = readdirSync(`${top}build`, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.test.js'))
  // tsc leaves behind what it once made of a source that is gone
  .filter(path => existsSync(`${top}${path.replace(/js$/, 'ts')}`))
  .sort()
const isLive = path => path.startsWith('test/live/')
const part = Number(process.env.RIEGEL_SHARE ?? 0)
const isSlow = path => /second-factor|hardware-key|before-staging/.test(path)
const quick = compiled.filter(path => isLive(path) && !isSlow(path))
// every second one, but for the one by which the halves were uneven
const halfOf = (path, at) => (path.includes('odd-hosts') ? 1 : at % 2)
const shares = [
  compiled.filter(isLive),
  ...[0, 1].map(half => quick.filter((path, at) => halfOf(path, at) === half)),
  compiled.filter(path => isLive(path) && isSlow(path)),
]
const live = shares[part]
const all = compiled.filter(path => !isLive(path))
if (all.length === 0) throw new Error('no compiled test in build/: did tsc run?')

// hosts that boot prove nothing new on a second Node
const second = process.env.RIEGEL_PASS === 'second'
if (second) process.stderr.write(`LIVE TESTS SKIPPED: second pass, on Node ${process.version}\n`)
const inFirst = part === 0 || part === 3 ? all : []
const inSecond = part === 0 ? all : all.filter((_, at) => at % 2 === part % 2)

// the third begins by waiting: what is timed elsewhere (faults, struck within 50 ms) has the machine meanwhile
for (const path of second ? inSecond : [...live, ...inFirst]) {
  try {
    await import(new URL(`../build/${path}`, import.meta.url).href)
  } catch (error) {
    // a file that cannot even be read must not take the others with it
    test(path, () => {
      throw error
    })
  }
}
