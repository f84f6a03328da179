import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding, Report } from '../model/report.js'
import type { Severity } from '../model/rule.js'
import { text } from '../model/text.js'
import { clean } from './verdict.js'

const one = (severity: Severity, verdict: Finding['verdict']): Report => ({
  schema: 'riegel.report/1',
  riegel: '0',
  target: { name: 'x', os: '', osVersion: '', address: '' },
  lookedAs: { account: 'root', root: true },
  takenAt: '',
  durationMs: 0,
  basics: [],
  findings: [
    {
      rule: 'root/ssh-login',
      basic: 'root',
      severity,
      verdict,
      title: text('', ''),
      why: text('', ''),
      problems: [],
      fixable: true,
    },
  ],
  summary: { pass: 0, fail: 0, unknown: 0, notApplicable: 0 },
})

describe('the exit code of a report', () => {
  test('fail and unknown count alike, at or above the threshold', () => {
    for (const verdict of ['fail', 'unknown'] as const) {
      assert.equal(clean(one('medium', verdict), 'low'), false)
      assert.equal(clean(one('medium', verdict), 'medium'), false)
      assert.equal(clean(one('medium', verdict), 'high'), true)
      assert.equal(clean(one('critical', verdict), 'critical'), false)
      assert.equal(clean(one('critical', verdict), 'never'), true)
    }
    for (const verdict of ['pass', 'not-applicable'] as const)
      assert.equal(clean(one('critical', verdict), 'low'), true)
  })
})
