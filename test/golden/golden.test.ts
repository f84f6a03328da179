import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Facts, PasswordFacts, VaultFacts } from '../../src/model/facts.js'
import { theOne } from '../../src/model/passwords.js'
import type { Report } from '../../src/model/report.js'
import { type Lang, text } from '../../src/model/text.js'
import { Trouble } from '../../src/model/trouble.js'
import { pick } from '../../src/commands/undo.js'
import { partWords } from '../../src/commands/undo-only.js'
import { undoPlan, undoWords } from '../../src/commands/undo-plan.js'
import { comparison } from '../../src/report/compare.js'
import { explainRule, explainTopic, rulesTable } from '../../src/report/explain.js'
import { differenceText } from '../../src/report/lines.js'
import { linesText, planText } from '../../src/report/plan.js'
import { terminal, type TerminalOptions } from '../../src/report/terminal.js'
import { troubleText } from '../../src/report/trouble.js'
import { assess, select, serverRules } from '../../src/riegel.js'
import { passwordFacts } from '../../src/riegel/passwords.js'
import { rules } from '../../src/rules/index.js'
import { debian, password } from '../fixtures/facts.js'
import { drift, fresh, hardened, local, met, part, past, plan, readers, withoutRoot } from './samples.js'

/** The golden files lie in the sources, two folders above the compiled test. */
const root = fileURLToPath(new URL('../../../', import.meta.url))
const reportOf = (facts: Facts): Report => assess(facts, serverRules).report
const guide = (topic: string, lang: Lang) => readFileSync(`${root}guides/${topic}.${lang}.md`, 'utf8')

const layout = { width: 90, color: false }
const audit = (facts: Facts, lang: Lang, more: Partial<TerminalOptions> = {}) =>
  terminal(reportOf(facts), lang, {
    ...layout,
    verbose: false,
    zone: 'Europe/Berlin',
    command: { harden: `riegel harden ${facts.target}`, secondFactor: `riegel second-factor ${facts.target}` },
    ...more,
  })

/** What `riegel password --check` says. */
const check = (lang: Lang, found: Pick<PasswordFacts, 'guesses' | 'leaked'>) => {
  const taken = { at: new Date('2026-11-24T18:04:00Z'), durationMs: 400 }
  const of = passwordFacts(theOne, taken, [password({ key: theOne, title: '', ...found })])
  const made = assess(of, select([], [], 'passwords')).report
  const command = { harden: null }
  return terminal(made, lang, { ...layout, verbose: false, zone: 'Europe/Berlin', command, subject: 'passwords' })
}

/** What `riegel vault` says. */
const vault = (lang: Lang, passwords: readonly PasswordFacts[], changed: Partial<VaultFacts>, verbose = false) => {
  const taken = { at: new Date('2026-11-24T18:04:00Z'), durationMs: 1900 }
  const about = { ...debian.vault, judged: passwords.length, ...changed }
  const made = assess(passwordFacts('own.kdbx', taken, passwords, about), select([], [], 'vault')).report
  const command = { harden: null, audit: 'riegel vault own.kdbx' }
  return terminal(made, lang, { ...layout, verbose, zone: 'Europe/Berlin', command, subject: 'vault' })
}
const faulty: readonly PasswordFacts[] = [
  password({ key: 'Mail/GMX', guesses: 7.49, leaked: 17_043, sameAs: ['Shop'], changed: 1_400_000_000 }),
  password({ key: 'Shop', guesses: 7.49, leaked: 17_043, sameAs: ['Mail/GMX'], secondFactor: false, offers: [] }),
  password({ key: 'Provider', user: 'admin', nearlyAs: ['Bank'], secondFactor: false, offers: ['sms', 'totp'] }),
  password({ key: 'Bank', nearlyAs: ['Provider'] }),
]
const weak: Partial<VaultFacts> = {
  format: '3.1',
  kdf: 'aes-kdf',
  rounds: 60_000,
  memoryKiB: 0,
  keyFile: false,
  leftOut: { bin: 3, templates: 1, empty: 2, expired: ['Alt/Forum'], excluded: 1, broken: 1 },
}

const screens: Record<string, (lang: Lang) => string> = {
  'audit-fresh': lang => audit(fresh, lang),
  'audit-met': lang => audit(met, lang),
  'audit-by-hand': lang => audit(hardened, lang),
  'audit-local': lang => audit(local, lang),
  'audit-without-root': lang => audit(withoutRoot, lang, { withoutRoot: text('sudo abgelehnt', 'sudo refused') }),
  'audit-verbose': lang => audit(fresh, lang, { verbose: true }),
  'password-weak': lang => check(lang, { guesses: 7.49, leaked: 17_043 }),
  'password-unknown': lang => check(lang, { guesses: 40, leaked: null }),
  'password-met': lang => check(lang, { guesses: 40, leaked: 0 }),
  'vault-faulty': lang => vault(lang, faulty, weak),
  'vault-verbose': lang => vault(lang, faulty, weak, true),
  'vault-met': lang => vault(lang, [password()], {}),
  plan: lang => planText(plan(), lang, { ...layout, verbose: false, console: 'root' }),
  'plan-verbose': lang => planText(plan(), lang, { ...layout, verbose: true, lease: 90 }),
  lines: lang => linesText(plan(), readers, lang),
  comparison: lang =>
    comparison(
      reportOf(fresh),
      reportOf(hardened),
      lang,
      layout,
      new Map(['keys/open-to-all-accounts', 'exposure/firewall-off'].map(id => [id, text('von Hand', 'by hand')])),
    ),
  'explain-rule': lang =>
    explainRule(rules.find(({ id }) => id === 'root/ssh-login')!, guide('root-login', lang), lang, layout),
  'explain-topic': lang => explainTopic(guide('ssh-port', lang), lang, layout),
  rules: lang => rulesTable(rules, lang, layout),
  undo: lang => {
    const [one] = past
    const { file, wrote, now } = drift
    return `${undoWords(undoPlan('mail', one!, one!.about!, [drift]))[lang]}\n${differenceText(file.path, wrote, now, lang)}`
  },
  'undo-only': lang => partWords(past[0]!, part, lang),
  'undo-order': lang => {
    try {
      return `${pick(past, past[0]!.id)}`
    } catch (error) {
      return error instanceof Trouble ? troubleText(error, lang) : ''
    }
  },
  trouble: lang =>
    troubleText(
      new Trouble(
        'unreachable',
        text('203.0.113.5 antwortet nicht auf Port 22', '203.0.113.5 does not answer on port 22'),
        text('Läuft der Server? Anderer Port: -p N', 'Is it running? Other port: -p N'),
      ),
      lang,
    ),
}

describe('what a person sees, byte for byte (UPDATE_GOLDEN=1 rewrites)', () => {
  for (const [name, screen] of Object.entries(screens))
    for (const lang of ['de', 'en'] as const)
      test(`${name}.${lang}`, () => {
        const path = `${root}test/golden/${name}.${lang}.txt`
        const actual = screen(lang)
        if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, actual)
        assert.equal(actual, existsSync(path) ? readFileSync(path, 'utf8') : '')
      })
})

describe('every screen', () => {
  for (const lang of ['de', 'en'] as const)
    test(`keeps to the rules of screens.md (${lang})`, () => {
      for (const [name, screen] of Object.entries(screens)) {
        const words = screen(lang)
        assert.ok(words.endsWith('\n') && !words.endsWith('\n\n'), `${name}: one newline at the end`)
        assert.doesNotMatch(words, /[ \t]+$/m, `${name}: nothing behind a line`)
        // a `!` in a command of a guide is the shell's, not ours
        assert.doesNotMatch(words, /\p{L}!/u, `${name}: no exclamation mark`)
        assert.doesNotMatch(words, /[\u2500-\u257f\p{Extended_Pictographic}]/u, `${name}: no boxes, no emoji`)
        assert.doesNotMatch(words, /\bsicher(er|e|es|en)?\b|\bsecure\b/i, `${name}: nothing is called safe`)
        // what is written is shown as it is
        if (name === 'lines') continue
        const long = words.split('\n').filter(line => [...line].length > layout.width)
        const copied = /^ {4}/
        assert.deepEqual(
          long.filter(line => !copied.test(line)),
          [],
          `${name}: only what is copied may be long`,
        )
      }
    })
})
