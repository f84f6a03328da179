import { basicIds, basics } from '../model/basics.js'
import type { Rule } from '../model/rule.js'
import type { Lang, Text } from '../model/text.js'
import { text } from '../model/text.js'
import { blockLines, parseGuide } from './guide.js'
import { blocks, fit, type Layout, length, pad, painted, style, wrap } from './layout.js'
import { severityColor, severityWords } from './words.js'

/** `byHand` and `back` are also the headings of the guides. */
const labels = {
  why: text('Warum', 'Why'),
  looks: text('Geprüft', 'Checked'),
  does: text('Riegel', 'Riegel'),
  byHand: text('Von Hand', 'By hand'),
  back: text('Zurück', 'Back'),
  sources: text('Quellen', 'Sources'),
} as const satisfies Record<string, Text>

/** Width of the labels' column. */
const label = 11

const fixable = (rule: Rule): Text => (rule.fix ? text('behebbar', 'fixable') : text('nur von Hand', 'by hand only'))

/** Puts a label into the margin of lines that leave room for it. */
const labelled = (words: string, lines: readonly string[], { bold }: ReturnType<typeof style>): string[] =>
  lines.map((line, at) =>
    at === 0 ? bold(pad(words, label).trimEnd()) + ' '.repeat(label - length(words)) + line.slice(label) : line,
  )

/** What a rule wants, why, what Riegel does, and how to do and undo it without Riegel. */
export const explainRule = (rule: Rule, guide: string | null, lang: Lang, options: Layout): string => {
  const width = fit(options.width)
  const paint = style(options.color)
  const indent = ' '.repeat(label)
  const severity = severityWords[rule.severity][lang]
  const says = (name: keyof typeof labels, words: string) =>
    labelled(labels[name][lang], wrap(words, width, indent), paint)
  const sections = guide === null ? [] : parseGuide(guide).sections
  const fromGuide = (name: 'byHand' | 'back') => {
    const found = sections.find(({ heading }) => heading === labels[name][lang])
    return found ? labelled(labels[name][lang], blockLines(found.blocks, width, indent, paint, false), paint) : []
  }
  const head = `${rule.title[lang]} · ${severity} · ${fixable(rule)[lang]}`
  return blocks(
    wrap(head, width).map(line =>
      painted(line, `· ${severity} ·`, words => words.replace(severity, severityColor(rule.severity, paint))),
    ),
    [
      ...says('why', rule.why[lang]),
      ...says('looks', rule.looksAt[lang]),
      ...says('does', rule.does?.[lang] ?? (lang === 'de' ? 'ändert hier nichts' : 'changes nothing here')),
      ...fromGuide('byHand'),
      ...fromGuide('back'),
      ...says('sources', rule.references.join('; ')),
    ],
  )
}

/** A whole guide, set for the terminal. */
export const explainTopic = (markdown: string, _lang: Lang, options: Layout): string => {
  const width = fit(options.width)
  const paint = style(options.color)
  const { title, sections } = parseGuide(markdown)
  return blocks(
    [paint.bold(title)],
    ...sections.map(({ heading, blocks: parts }) => [
      paint.bold(heading),
      ...blockLines(parts, width, '', paint, true),
    ]),
  )
}

/** Every rule below its basic: how bad, whether Riegel mends it, and the state that is wanted. */
export const rulesTable = (rules: readonly Rule[], lang: Lang, options: Layout): string => {
  const width = fit(options.width)
  const paint = style(options.color)
  const ids = Math.max(0, ...rules.map(({ id }) => length(id)))
  const mends = rules.map(rule => fixable(rule)[lang])
  const mended = Math.max(0, ...mends.map(length))
  return blocks(
    ...basicIds.map(basic => {
      const own = rules.filter(({ id }) => id.startsWith(`${basic}/`))
      return own.length === 0
        ? []
        : [
            paint.bold(basics[basic][lang]),
            ...own.map(rule => {
              const severity = severityWords[rule.severity][lang]
              const line = `  ${pad(rule.id, ids)}   ${pad(severity, 8)}   ${pad(fixable(rule)[lang], mended)}`
              return painted(line.trimEnd(), ` ${severity}`, words => severityColor(rule.severity, paint)(words))
            }),
          ]
    }),
    wrap(
      lang === 'de'
        ? 'Was eine Regel will und warum: riegel explain REGEL'
        : 'What a rule wants and why: riegel explain RULE',
      width,
    ),
  )
}
