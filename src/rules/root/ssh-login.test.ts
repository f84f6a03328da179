import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sections, view } from '../../../test/fixtures/facts.js'
import rule from './ssh-login.js'

describe(rule.id, () => {
  test('passes with PermitRootLogin no', () => {
    const verdict = rule.evaluate(
      sections({ effective: { views: [view({ permitrootlogin: 'no' })], perAccount: false } }),
    )
    assert.equal(verdict.verdict, 'pass')
  })

  test('fails with keys allowed, forced commands included', () => {
    for (const permitrootlogin of ['prohibit-password', 'without-password', 'forced-commands-only', 'yes']) {
      const verdict = rule.evaluate(sections({ effective: { views: [view({ permitrootlogin })], perAccount: false } }))
      assert.equal(verdict.verdict, 'fail', permitrootlogin)
    }
  })

  test('passes where DenyUsers leaves root out', () => {
    const verdict = rule.evaluate(
      sections({ effective: { views: [view({ permitrootlogin: 'yes', denyusers: 'root' })], perAccount: false } }),
    )
    assert.equal(verdict.verdict, 'pass')
  })

  test('one witness of many that lets root in is enough to fail', () => {
    const views = [view({ permitrootlogin: 'no' }), view({ permitrootlogin: 'yes' })]
    assert.equal(rule.evaluate(sections({ effective: { views, perAccount: true } })).verdict, 'fail')
  })
})
