import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { facts } from '../../test/fixtures/facts.js'
import type { Finding, Report } from '../model/report.js'
import type { RuleId, Severity } from '../model/rule.js'
import { text } from '../model/text.js'
import { assess } from '../riegel/survey.js'
import { type TerminalOptions, terminal } from './terminal.js'
import { firstSentence, hostOf } from './words.js'

const base = assess(facts(), []).report
const options: TerminalOptions = {
  width: 80,
  color: false,
  verbose: false,
  zone: 'UTC',
  command: { harden: 'riegel harden root@203.0.113.5' },
}

const finding = (rule: RuleId, more: Partial<Finding> = {}): Finding => ({
  rule,
  basic: 'keys',
  severity: 'medium',
  verdict: 'fail',
  title: text('Titel', 'title'),
  why: text('Darum. Und noch etwas.', 'Because. And more.'),
  problems: [{ key: 'a', text: text(`${rule} ist verletzt.`, `${rule} failed.`) }],
  fixable: true,
  ...more,
})

const report = (findings: Finding[], more: Partial<Report> = {}): Report => ({ ...base, findings, ...more })
const last = (words: string) => words.trimEnd().split('\n').at(-1)?.trim()
const shown = (words: string) => words.split('\n').filter(line => line.includes(' ist verletzt.')).length

describe('terminal', () => {
  test('words of a server cannot speak to the terminal', () => {
    const evil = '\u001b[2Jweg\u202e\nneue Zeile'
    const words = terminal(
      report(
        [
          finding('keys/password-login', {
            problems: [{ key: evil, text: text(evil, evil), where: { file: evil, line: 1 } }],
          }),
          finding('keys/hostbased-login', { verdict: 'unknown', because: text(evil, evil), problems: [] }),
        ],
        {
          target: { name: `root@${evil}`, os: evil, osVersion: evil, address: evil },
          lookedAs: { account: evil, root: true },
        },
      ),
      'de',
      { ...options, verbose: true, command: { harden: `riegel harden ${evil}` } },
    )
    assert.doesNotMatch(words, /[\u0000-\u0009\u000b-\u001f\u202e]/)
    assert.doesNotMatch(words, /^neue Zeile/m)
  })

  const many = (...severities: Severity[]) => severities.map((severity, at) => finding(`keys/r${at}`, { severity }))

  test('shows grave findings, five at most, and milder ones up to three', () => {
    const count = (...severities: Severity[]) => shown(terminal(report(many(...severities)), 'de', options))
    assert.equal(count('low', 'medium', 'low', 'low'), 3)
    assert.equal(count('high', 'high', 'low', 'high', 'high', 'low'), 4)
    assert.equal(count('high', 'high', 'high', 'high', 'high', 'critical', 'critical'), 5)
    assert.equal(count('low'), 1)
  })

  test('worst first', () => {
    const words = terminal(report(many('low', 'critical', 'high')), 'de', options)
    assert.ok(
      words.indexOf('keys/r1') < words.indexOf('keys/r2') && words.indexOf('keys/r2') < words.indexOf('keys/r0'),
    )
  })

  test('the last line is a step that makes sense', () => {
    const step = (findings: Finding[], more: Partial<Report> = {}, changed: Partial<TerminalOptions> = {}) =>
      last(terminal(report(findings, more), 'de', { ...options, ...changed }))
    const local = { target: { ...base.target, name: 'localhost' } }
    const someone = { lookedAs: { account: 'deploy', root: false } }
    const open = finding('keys/password-login')
    const byHand = finding('keys/password-login', { fixable: false })
    const unclear = finding('keys/hostbased-login', { verdict: 'unknown', because: text('denied', 'denied') })
    assert.equal(step([open]), 'riegel harden root@203.0.113.5')
    assert.equal(step([open, unclear]), 'riegel harden root@203.0.113.5')
    assert.equal(step([byHand]), 'riegel explain keys/password-login')
    assert.equal(step([open], {}, { command: { harden: null } }), 'riegel explain keys/password-login')
    assert.equal(step([open], local), 'riegel explain keys/password-login')
    assert.equal(step([unclear]), 'riegel explain keys/hostbased-login')
    assert.equal(step([]), 'riegel audit root@203.0.113.5')
    assert.equal(step([], local), 'riegel audit')
    assert.equal(step([open, unclear], { ...local, ...someone }), 'sudo riegel audit')
    assert.match(step([open, unclear], someone) ?? '', /^riegel audit root@203\.0\.113\.5 {10}\(/)
  })

  test('colour changes nothing but colour', () => {
    const one = report(many('low', 'critical', 'high'), { basics: [{ basic: 'keys', state: 'unmet', looked: [] }] })
    const colored = terminal(one, 'de', { ...options, color: true })
    assert.match(colored, /\u001b\[/)
    assert.equal(colored.replaceAll(/\u001b\[\d+m/g, ''), terminal(one, 'de', options))
  })
})

describe('words', () => {
  test('the first sentence, whatever stands in it', () => {
    assert.equal(firstSentence('Eins. Zwei.'), 'Eins.')
    assert.equal(firstSentence('Das gilt z. B. Für alle. Dann nicht.'), 'Das gilt z. B. Für alle.')
    assert.equal(firstSentence('Ab 9.8 geht es. Sonst nicht.'), 'Ab 9.8 geht es.')
    assert.equal(firstSentence('nur einer'), 'nur einer')
  })

  test('the host of a target', () => {
    assert.deepEqual(
      ['root@203.0.113.5', 'mail', 'ssh://root@host:22', 'ssh://[2001:db8::1]:22', 'root@2001:db8::1'].map(hostOf),
      ['203.0.113.5', 'mail', 'host', '2001:db8::1', '2001:db8::1'],
    )
  })
})
