import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { looks } from '../collect/looks/index.js'
import { example, rehearse } from './rehearsal.js'
import { assess, serverRules } from './survey.js'

describe('the example that is judged while ssh logs in', () => {
  test('all that an audit looks at is seen in it', () => {
    const { sections } = example()
    const dark = looks.filter(look => look.only === undefined && !sections[look.section].seen)
    assert.deepEqual(
      dark.map(look => [look.section, sections[look.section]]),
      [],
    )
  })
  test('every rule comes to a verdict on it, and most have something to tell', () => {
    const { report } = assess(example(), serverRules)
    const dark = report.findings.filter(({ verdict }) => verdict === 'unknown')
    assert.deepEqual(
      dark.map(({ rule, because }) => [rule, because?.en]),
      [],
    )
    assert.ok(report.summary.fail > 8, String(report.summary.fail))
    assert.equal(rehearse(), undefined)
  })
})
