import type { Finding, Report } from '../model/report.js'
import { printableLine } from '../model/shell.js'
import type { Lang } from '../model/text.js'
import { columns, type Layout, pad, painted, style, wrap } from './layout.js'
import { count, findingsOf, firstSentence, severityColor, severityWords, stateColumn, where } from './words.js'

const indent = ' '.repeat(stateColumn + 4)

const headline = (finding: Finding, words: string, lang: Lang, { width, color }: Layout): string[] => {
  const word = severityWords[finding.severity][lang]
  const [first = '', ...rest] = wrap(words, width, `  ${pad(word, stateColumn)}  `)
  return [painted(first, word, severityColor(finding.severity, style(color))), ...rest]
}

const source = (parts: readonly string[], { color }: Layout): string =>
  indent + style(color).dim(parts.filter(part => part !== '').join(' · '))

/** The first screen: one problem, one reason, one place. */
const brief = (finding: Finding, lang: Lang, layout: Layout): string[] => {
  const [first] = finding.problems
  const more = finding.problems.length - 1
  return [
    ...headline(finding, printableLine(first?.text[lang] ?? finding.title[lang]), lang, layout),
    ...wrap(firstSentence(finding.why[lang]), layout.width, indent),
    source(
      [
        finding.rule,
        first?.where ? where(first.where, lang) : '',
        more > 0
          ? lang === 'de'
            ? `${count(more, 'weiterer Grund', 'weitere Gründe')}: --verbose`
            : `${more} more: --verbose`
          : '',
      ],
      layout,
    ),
  ]
}

/** `--verbose`: every problem with its place, the whole reason, and who can mend it. */
const full = (finding: Finding, lang: Lang, layout: Layout): string[] => {
  const [first, ...others] = finding.problems
  const place = (problem: Finding['problems'][number] | undefined) =>
    problem?.where ? [source([where(problem.where, lang)], layout)] : []
  const mend = finding.fixable
    ? lang === 'de'
      ? 'behebbar'
      : 'fixable'
    : lang === 'de'
      ? 'nur von Hand'
      : 'by hand only'
  return [
    ...headline(finding, printableLine(first?.text[lang] ?? finding.title[lang]), lang, layout),
    ...place(first),
    ...others.flatMap(problem => [...wrap(printableLine(problem.text[lang]), layout.width, indent), ...place(problem)]),
    ...wrap(finding.why[lang], layout.width, indent),
    source([finding.rule, mend], layout),
  ]
}

/** Critical and high ones, five at most; milder ones only while there are fewer than three. */
const foremost = (findings: readonly Finding[]): readonly Finding[] => {
  const grave = findings.filter(({ severity }) => severity === 'critical' || severity === 'high').length
  return findings.slice(0, Math.min(5, Math.max(3, grave)))
}

export const findingLines = (report: Report, lang: Lang, layout: Layout, verbose: boolean): string[][] => {
  const all = findingsOf(report)
  if (all.length === 0) return []
  const shown = verbose ? all : foremost(all)
  const [de, en] =
    shown.length === all.length
      ? [`${count(all.length, 'Befund', 'Befunde')}:`, `${count(all.length, 'finding', 'findings')}:`]
      : [
          `Das Wichtigste, ${shown.length} von ${all.length} Befunden:`,
          `What matters most, ${shown.length} of ${all.length} findings:`,
        ]
  const bodies = shown.map(finding => (verbose ? full : brief)(finding, lang, layout))
  // in full, findings are too long to be told apart without a gap
  return verbose ? [[lang === 'de' ? de : en], ...bodies] : [[lang === 'de' ? de : en], bodies.flat()]
}

const list = (
  findings: readonly Finding[],
  title: readonly [string, string],
  says: (finding: Finding) => string,
  lang: Lang,
  { width }: Layout,
): string[] => {
  if (findings.length === 0) return []
  const rules = lang === 'de' ? count(findings.length, 'Regel', 'Regeln') : count(findings.length, 'rule', 'rules')
  return [
    `${title[lang === 'de' ? 0 : 1]}, ${rules}:`,
    ...columns(
      findings.map(finding => [finding.rule, says(finding)] as const),
      width,
    ),
  ]
}

const because = (lang: Lang) => (finding: Finding) => printableLine(finding.because?.[lang] ?? '')

/** Neither good nor bad, and why; a reason that many rules share is said once. */
export const unknownLines = (report: Report, lang: Lang, layout: Layout): string[] => {
  const all = report.findings.filter(finding => finding.verdict === 'unknown')
  const reason = because(lang)
  const shared = [...new Set(all.map(reason))].filter(words => all.filter(one => reason(one) === words).length > 3)
  const title = ['Unklar', 'Unknown'] as const
  if (shared.length === 0) return list(all, title, reason, lang, layout)
  const [head = ''] = list(all, title, reason, lang, layout)
  const alone = list(
    all.filter(finding => !shared.includes(reason(finding))),
    title,
    reason,
    lang,
    layout,
  )
  return [
    head,
    ...alone.slice(1),
    ...shared.flatMap(words => [
      ...wrap(words, layout.width, '  '),
      ...wrap(
        all
          .filter(finding => reason(finding) === words)
          .map(finding => finding.rule)
          .join(', '),
        layout.width,
        '    ',
      ),
    ]),
  ]
}

export const notApplicableLines = (report: Report, lang: Lang, layout: Layout): string[] =>
  list(
    report.findings.filter(f => f.verdict === 'not-applicable'),
    ['Entfällt', 'Not applicable'],
    because(lang),
    lang,
    layout,
  )

export const passLines = (report: Report, lang: Lang, layout: Layout): string[] =>
  list(
    report.findings.filter(f => f.verdict === 'pass'),
    ['Erfüllt', 'Met'],
    finding => finding.title[lang],
    lang,
    layout,
  )
