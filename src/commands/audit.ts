import { writeFileSync } from 'node:fs'
import type { Facts } from '../model/facts.js'
import type { Report } from '../model/report.js'
import { severities } from '../model/rule.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { terminal } from '../report/terminal.js'
import { assess, look, scriptOf } from '../riegel.js'
import { connect } from './connect.js'
import { type Context, deliver } from './context.js'
import { factsFrom } from './facts-file.js'
import { chosenRules } from './rules.js'

/** Would this report end with 0? At or above the threshold everything passed or does not apply. */
export const clean = (report: Report, threshold: string): boolean =>
  threshold === 'never' ||
  report.findings.every(
    finding =>
      !['fail', 'unknown'].includes(finding.verdict) ||
      severities.indexOf(finding.severity) > severities.indexOf(threshold as (typeof severities)[number]),
  )

/** What could be typed to harden what was looked at, with ssh's options as they were given. */
export const again = (command: string, target: string, context: Context): string =>
  ['riegel', command, ...context.options.ssh, target].join(' ')

const factsOf = async (context: Context, target: string | undefined): Promise<Facts> => {
  const file = context.options.one('facts')
  if (file !== undefined) return factsFrom(file)
  const connection = await connect(context, target)
  try {
    return await look(connection.session, {
      target: connection.name,
      occasion: 'audit',
      operator: connection.operator,
      now: context.now(),
    })
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
  if (options.flag('show-script')) {
    deliver(context, scriptOf('riegel-TOKEN', 'audit'))
    return 0
  }
  const facts = await factsOf(context, target)
  const saved = options.one('save-facts')
  if (saved !== undefined) {
    try {
      writeFileSync(saved, `${JSON.stringify(facts, null, 1)}\n`, { mode: 0o600 })
    } catch {
      throw new Trouble(
        'bad-output',
        text(`${saved} lässt sich nicht schreiben`, `${saved} cannot be written`),
        text('Einen anderen Pfad angeben: --save-facts FILE', 'Give another path: --save-facts FILE'),
      )
    }
  }
  const { report } = assess(facts, rules)
  const code = clean(report, threshold) ? 0 : 1
  if (context.quiet && code === 0) return code
  deliver(
    context,
    context.format === 'json'
      ? JSON.stringify(report, null, 2)
      : terminal(report, context.lang, {
          width: context.width,
          color: context.color,
          verbose: context.verbose,
          command: {
            harden: again('harden', target ?? 'user@host', context),
            audit: again('audit', target ?? '', context).trim(),
          },
        }),
  )
  return code
}
