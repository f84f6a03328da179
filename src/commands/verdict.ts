import type { Facts } from '../model/facts.js'
import type { Report } from '../model/report.js'
import { severities } from '../model/rule.js'
import { json } from '../model/shell.js'
import type { Text } from '../model/text.js'
import { terminal } from '../report/terminal.js'
import { assess, type Subject } from '../riegel/survey.js'
import { again } from './again.js'
import { type Context, deliver } from './context.js'
import { chosenRules } from './rules.js'

/** Would this report end with 0? At or above the threshold everything passed or does not apply. */
export const clean = (report: Report, threshold: string): boolean =>
  threshold === 'never' ||
  report.findings.every(
    finding =>
      !['fail', 'unknown'].includes(finding.verdict) ||
      severities.indexOf(finding.severity) > severities.indexOf(threshold as (typeof severities)[number]),
  )

/**
 * The second half of an audit: judges what was seen, prints it, gives the exit code. A file of its own because rules
 * and words are most of the program: they load while ssh connects.
 * `because`: why the look was not root's.
 */
export const verdict = (
  context: Context,
  target: string | undefined,
  threshold: string,
  facts: Facts,
  because: Text | undefined,
  subject: Subject = 'server',
): number => {
  const made = assess(facts, chosenRules(context.options, subject)).report
  const report = because ? { ...made, lookedAs: { ...made.lookedAs, because } } : made
  const code = clean(report, threshold) ? 0 : 1
  if (context.quiet && code === 0) return code
  const named = target ?? (facts.target === 'localhost' ? '' : facts.target)
  deliver(
    context,
    context.format === 'json'
      ? json(report, 2)
      : terminal(report, context.lang, {
          width: context.width,
          color: context.color,
          verbose: context.verbose,
          subject,
          ...(because && { withoutRoot: because }),
          command:
            subject === 'vault'
              ? { harden: null, audit: again(context, 'riegel vault', named) }
              : {
                  harden: again(context, 'riegel harden', named || 'user@host'),
                  secondFactor: again(context, 'riegel second-factor', named || 'user@host'),
                  audit: again(context, 'riegel audit', ...(named ? [named] : [])),
                },
        }),
  )
  return code
}
