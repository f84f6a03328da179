import { severities } from '../model/rule.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import type { Options } from './context.js'

/** From which severity on a report ends with 1: `--fail-on`, else `low`. Throws Trouble `bad-option`. */
export const thresholdOf = (options: Options): string => {
  const threshold = options.one('fail-on') ?? 'low'
  if ([...severities, 'never'].includes(threshold)) return threshold
  throw new Trouble(
    'bad-option',
    text(`--fail-on ${threshold} gibt es nicht`, `There is no --fail-on ${threshold}`),
    text('critical, high, medium, low oder never', 'critical, high, medium, low or never'),
  )
}
