import type { DangerId } from '../model/change.js'
import { hasPassword } from '../model/logins.js'
import type { Plan } from '../model/plan.js'
import { sshdAsksForCode } from '../model/second-factor.js'
import { type Text, text } from '../model/text.js'
import { linesText, planText } from '../report/plan.js'
import type { Drawn } from '../riegel/planning.js'
import type { Survey } from '../riegel/survey.js'
import { ask, asks, askYes, saysNo, saysYes } from './ask.js'
import { type Context, note } from './context.js'
import { needsSecret } from './secret.js'

const contentsOf = (drawn: Drawn): Map<string, string | null> =>
  new Map([...drawn.contents].map(([path, bytes]) => [path, bytes?.toString('utf8') ?? null]))

/** The plan as a person reads it; `whole` with every line that changes. */
export const planWords = (
  context: Context,
  { sections }: Survey,
  drawn: Drawn,
  lease: number,
  whole = false,
): string => {
  const { plan } = drawn
  const root = sections.accounts.find(account => account.name === 'root')
  return planText(plan, context.lang, {
    width: context.width,
    color: context.color,
    verbose: whole || context.verbose,
    lease,
    coded: sshdAsksForCode(sections.effective, plan.choices.account.name),
    ...(root && hasPassword(root)
      ? { console: 'root' as const }
      : needsSecret(plan.items)
        ? { console: 'account' as const }
        : {}),
    ...(whole && { readers: contentsOf(drawn) }),
  })
}

/** Dangers that were not allowed by name: on a terminal each is asked about, else the first one refuses. */
export const acceptDangers = async (
  context: Context,
  plan: Plan,
): Promise<{ readonly allow: readonly DangerId[] } | { readonly refuse: Text; readonly hint: Text }> => {
  const allow: DangerId[] = []
  for (const danger of plan.dangers.filter(({ id }) => !plan.choices.allow.includes(id))) {
    const option = `--allow ${danger.id}`
    const hint = text(`Bewusst erlauben: ${option}`, `Allow knowingly: ${option}`)
    if (!asks(context)) return { refuse: danger.text, hint }
    note(context, text(`\nGefahr: ${danger.text.de}.`, `\nDanger: ${danger.text.en}.`))
    const missing = { what: text('Zustimmung', 'consent'), option }
    if (!(await askYes(context, text('Trotzdem? (ja/nein) ', 'All the same? (yes/no) '), missing)))
      return { refuse: danger.text, hint }
    allow.push(danger.id)
  }
  return { allow: [...plan.choices.allow, ...allow] }
}

/** Shows the plan and asks. `change` = the questions once more. */
export const agree = async (
  context: Context,
  seen: Survey,
  drawn: Drawn,
  lease: number,
): Promise<'yes' | 'no' | 'change'> => {
  if (context.options.flag('yes')) return 'yes'
  const question = text('Anwenden? (ja / nein / zeilen / ändern) ', 'Apply? (yes / no / lines / change) ')
  const missing = { what: text('Zustimmung zum Plan', 'consent to the plan'), option: '--yes' }
  if (asks(context)) process.stderr.write(`\n${planWords(context, seen, drawn, lease)}\n`)
  for (;;) {
    const answer = await ask(context, question, missing)
    if (saysYes(answer)) return 'yes'
    if (saysNo(answer)) return 'no'
    const word = answer.toLowerCase()
    if (['ändern', 'aendern', 'change'].includes(word)) return 'change'
    if (['zeilen', 'lines'].includes(word))
      process.stderr.write(`\n${linesText(drawn.plan, contentsOf(drawn), context.lang)}\n`)
  }
}
