import { areas } from '../model/areas.js'
import type { Basic } from '../model/basics.js'
import type { Facts, Section, SectionName, SeenSections, Unseen } from '../model/facts.js'
import type { Finding } from '../model/report.js'
import type { Problem, Rule, Verdict } from '../model/rule.js'
import { Dark, unknown } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { fill, type Text, text } from '../model/text.js'

const reasons: Readonly<Record<Unseen, Text>> = {
  denied: text('dafür braucht es root', 'this needs root'),
  'missing-tool': text('das Programm dafür fehlt dort', 'the program for it is missing on that machine'),
  timeout: text('die Prüfung dauerte zu lange', 'the look at it took too long'),
  truncated: text('die Antwort war abgeschnitten oder zu groß', 'the answer was cut off or too large'),
  unparsable: text('die Antwort ließ sich nicht auswerten', 'the answer could not be understood'),
  'not-looked': text('nicht angesehen', 'not looked at'),
  'broken-config': text(
    'sshd lehnt seine Konfiguration ab, wie sie jetzt ist',
    'sshd refuses its configuration as it is now',
  ),
  stale: text(
    'die Dateien wurden geändert, seit sshd sie gelesen hat (systemctl reload ssh, dann noch einmal)',
    'the files were changed since sshd read them (systemctl reload ssh, then again)',
  ),
}

/** Stale without a file that changed: sshd runs with more than its files say, and the detail is its command line. */
const apart = (section: Section<unknown>): Text | null => {
  const detail = section.seen || section.why !== 'stale' ? '' : (section.detail ?? '')
  if (!detail.startsWith('sshd: ')) return null
  const line = printableLine(detail.slice('sshd: '.length))
  // nothing but its name: it may well run by its files, only nobody wrote down since when
  if (!/[\s,]/.test(line))
    return text(
      `ohne Unit ist nicht zu sehen, ob sshd nach seinen Dateien läuft (${line})`,
      `without a unit it cannot be seen whether sshd runs by its files (${line})`,
    )
  return text(
    `sshd läuft hier nicht allein nach seinen Dateien: ${line}`,
    `sshd does not run by its files alone here: ${line}`,
  )
}

const whyUnseen = (name: SectionName, section: Section<unknown>): Text =>
  section.seen
    ? text('', '')
    : fill(text('{name}: {why}', '{name}: {why}'), {
        name: text(areas[name].de, areas[name].en),
        why: apart(section) ?? reasons[section.why],
      })

const evaluate = (rule: Rule, facts: Facts, seen: SeenSections<SectionName>): Verdict => {
  const missing = rule.needs.find(name => !facts.sections[name].seen)
  if (missing !== undefined) return unknown(whyUnseen(missing, facts.sections[missing]))
  try {
    return rule.evaluate(seen)
  } catch (error) {
    if (error instanceof Dark) return unknown(error.because)
    const detail = error instanceof Error ? error.message : String(error)
    return unknown(text(`die Regel ließ sich nicht prüfen: ${detail}`, `the rule failed on it: ${detail}`))
  }
}

/** All sections that were seen, as a rule receives them. */
export const seenSections = (facts: Facts): SeenSections<SectionName> =>
  Object.fromEntries(
    Object.entries(facts.sections).flatMap(([name, section]) => (section.seen ? [[name, section.value]] : [])),
  ) as unknown as SeenSections<SectionName>

/** A finding together with what a fix needs. */
export interface Judged {
  readonly finding: Finding
  readonly rule: Rule
  readonly problems: readonly Problem[]
}

/** Pure: same facts, same findings, for ever. A rule that crashes or lacks a section is unknown, never a pass. */
export const judgeAll = (rules: readonly Rule[], facts: Facts): Judged[] => {
  const seen = seenSections(facts)
  return rules.map(rule => {
    const verdict = evaluate(rule, facts, seen)
    const problems = verdict.verdict === 'fail' ? verdict.problems : []
    return {
      rule,
      problems,
      finding: {
        rule: rule.id,
        basic: rule.id.split('/')[0] as Basic,
        severity: rule.severity,
        verdict: verdict.verdict,
        title: rule.title,
        why: rule.why,
        ...('because' in verdict && { because: verdict.because }),
        problems: problems.map(problem => ({
          key: problem.key,
          text: fill(rule.problem, { key: problem.key, ...problem.values }),
          ...(problem.where && { where: problem.where }),
        })),
        fixable: rule.fix !== undefined,
        ...(rule.guide !== undefined && { guide: rule.guide }),
      },
    }
  })
}
