import { writeFileSync } from 'node:fs'
import type { Facts } from '../model/facts.js'
import type { Report } from '../model/report.js'
import { severities } from '../model/rule.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { terminal } from '../report/terminal.js'
import { assess, look } from '../riegel.js'
import { again, connect } from './connect.js'
import { badOutput, type Context, checkOutput, deliver } from './context.js'
import { chosenRules } from './rules.js'
import { showScript } from './show-script.js'
import { waiting } from './waiting.js'

/** Would this report end with 0? At or above the threshold everything passed or does not apply. */
export const clean = (report: Report, threshold: string): boolean =>
  threshold === 'never' ||
  report.findings.every(
    finding =>
      !['fail', 'unknown'].includes(finding.verdict) ||
      severities.indexOf(finding.severity) > severities.indexOf(threshold as (typeof severities)[number]),
  )

/** Why the look was not root's, in the few words that a heading has room for. */
const withoutRoot: Readonly<Record<string, Text>> = {
  'cannot-ask': text(
    'sudo-Passwort fehlt: --sudo-password-file FILE',
    'sudo password missing: --sudo-password-file FILE',
  ),
  'no-root': text('sudo abgelehnt', 'sudo refused'),
  'no-sudo-password': text('ohne sudo-Passwort', 'no sudo password'),
  'wrong-sudo-password': text('sudo nimmt das Passwort nicht', 'sudo does not take the password'),
}

interface Looked {
  readonly facts: Facts
  readonly because?: Text
}

const factsOf = async (context: Context, target: string | undefined): Promise<Looked> => {
  const file = context.options.one('facts')
  if (file !== undefined) return { facts: (await import('./facts-file.js')).factsFrom(file) }
  const connection = await connect(context, target)
  try {
    const options = {
      target: connection.name,
      occasion: 'audit',
      operator: connection.operator,
      now: context.now(),
    } as const
    const facts = await waiting(context, text('sieht sich um', 'looking'), () => look(connection.session, options))
    const because = withoutRoot[connection.withoutRoot?.code ?? '']
    return { facts, ...(because && { because }) }
  } finally {
    connection.end()
  }
}

/** `riegel audit [TARGET]`: look, judge, report. Gives the exit code. */
export const audit = async (context: Context, target: string | undefined): Promise<number> => {
  const { options } = context
  const rules = chosenRules(options)
  const threshold = options.one('fail-on') ?? 'low'
  if (![...severities, 'never'].includes(threshold))
    throw new Trouble(
      'bad-option',
      text(`--fail-on ${threshold} gibt es nicht`, `There is no --fail-on ${threshold}`),
      text('critical, high, medium, low oder never', 'critical, high, medium, low or never'),
    )
  const saved = options.one('save-facts')
  checkOutput(saved, '--save-facts')
  if (options.flag('show-script')) return showScript(context, 'audit')
  if (options.one('facts') !== undefined && target !== undefined)
    throw new Trouble(
      'usage',
      text(`Entweder ${target} oder --facts`, `Either ${target} or --facts`),
      text('--facts beurteilt, ohne den Server anzusehen', '--facts judges without looking'),
    )
  const { facts, because } = await factsOf(context, target)
  if (saved !== undefined) {
    try {
      writeFileSync(saved, `${JSON.stringify(facts, null, 1)}\n`, { mode: 0o600 })
    } catch {
      throw badOutput(saved, '--save-facts')
    }
  }
  const made = assess(facts, rules).report
  const report = because ? { ...made, lookedAs: { ...made.lookedAs, because } } : made
  const code = clean(report, threshold) ? 0 : 1
  if (context.quiet && code === 0) return code
  const named = target ?? (facts.target === 'localhost' ? '' : facts.target)
  deliver(
    context,
    context.format === 'json'
      ? JSON.stringify(report, null, 2)
      : terminal(report, context.lang, {
          width: context.width,
          color: context.color,
          verbose: context.verbose,
          ...(because && { withoutRoot: because }),
          command: {
            harden: again(context, 'riegel harden', named || 'user@host'),
            audit: again(context, 'riegel audit', ...(named ? [named] : [])),
          },
        }),
  )
  return code
}
