import type { BasicState, Report } from '../model/report.js'
import { printableLine } from '../model/shell.js'
import type { Lang, Text } from '../model/text.js'
import { basicName } from './basics.js'
import { blocks, columns, fit, type Layout, length, pad, style, wrap } from './layout.js'
import { findingsOf, stateColor, stateWords } from './words.js'

const column = 10

const word = (state: BasicState | undefined, lang: Lang): string => (state ? stateWords[state.state][lang] : '–')

/** Before and now, basic by basic; below it what still fails and why it was left, so that nothing looks finished. */
export const comparison = (
  before: Report,
  after: Report,
  lang: Lang,
  layout: Layout,
  /** why a rule was left open, by its id; else the finding speaks for itself */
  reasons: ReadonlyMap<string, Text> = new Map(),
): string => {
  const width = fit(layout.width)
  const paint = style(layout.color)
  const [then, now] = lang === 'de' ? ['vorher', 'jetzt'] : ['before', 'now']
  const rows = after.basics.flatMap(state => {
    const old = before.basics.find(({ basic }) => basic === state.basic)
    const first = word(old, lang)
    const second = word(state, lang)
    const [line = '', ...rest] = wrap(basicName(state, lang), width, `  ${pad(first, column)}${pad(second, column)}`)
    const color = (words: string, one: BasicState | undefined) => (one ? stateColor(one.state, paint)(words) : words)
    const gap = ' '.repeat(column - length(first))
    return [`  ${color(first, old)}${gap}${color(second, state)}${line.slice(2 + column + second.length)}`, ...rest]
  })
  const open = findingsOf(after).map(finding => {
    const because = reasons.get(finding.rule) ?? finding.problems[0]?.text ?? finding.title
    return [finding.rule, printableLine(because[lang])] as const
  })
  return blocks(
    [`  ${pad(then, column)}${now}`, ...rows],
    open.length === 0 ? [] : [lang === 'de' ? 'Bleibt offen:' : 'Stays open:', ...columns(open, width)],
  )
}
