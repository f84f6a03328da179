import { basicIds } from '../model/basics.js'
import type { Rule } from '../model/rule.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { rulesTable } from '../report/explain.js'
import { ruleList, type Subject, select } from '../riegel/survey.js'
import { type Context, deliver, type Options } from './context.js'
import { nearest } from './nearest.js'

export const unknownRule = (word: string, words: readonly string[]): Trouble =>
  new Trouble(
    'unknown-rule',
    text(`Unbekannte Regel ${word}`, `Unknown rule ${word}`),
    text(`Meintest du ${nearest(word, words)}?`, `Did you mean ${nearest(word, words)}?`),
  )

/** The rules that `--only` and `--skip` leave of those about a subject. Throws Trouble `unknown-rule`. */
export const chosenRules = (options: Options, subject: Subject = 'server'): readonly Rule[] => {
  const only = options.many('only')
  const skip = options.many('skip')
  const ids = ruleList.map(rule => rule.id)
  for (const word of [...only, ...skip])
    if (!ids.some(id => id === word) && !basicIds.some(basic => basic === word)) throw unknownRule(word, ids)
  const chosen = select(only, skip, subject)
  if (chosen.length > 0) return chosen
  const about = { server: 'audit', passwords: 'password', vault: 'vault', keys: 'key' } as const
  throw new Trouble(
    'no-rule',
    text(
      `riegel ${about[subject]} prüft davon keine Regel: ${only.join(', ')}`,
      `riegel ${about[subject]} judges by none of these rules: ${only.join(', ')}`,
    ),
    text('Alle: riegel rules', 'All: riegel rules'),
  )
}

/** `riegel rules`: every rule with its basic, severity, and whether it can repair. */
export const listRules = (context: Context): number => {
  const json = () =>
    JSON.stringify(
      ruleList.map(rule => ({
        rule: rule.id,
        severity: rule.severity,
        title: rule.title,
        fixable: rule.fix !== undefined,
        ...(rule.guide !== undefined && { guide: rule.guide }),
      })),
      null,
      2,
    )
  deliver(
    context,
    context.format === 'json'
      ? json()
      : rulesTable(ruleList, context.lang, { width: context.width, color: context.color }),
  )
  return 0
}
