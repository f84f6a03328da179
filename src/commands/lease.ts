import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import type { Context } from './context.js'

/** `--lease`, in seconds; 120 where it is not given. Throws Trouble `bad-option`. */
export const leaseOf = (context: Context): number => {
  const word = context.options.one('lease')
  if (word === undefined) return 120
  const seconds = Number(word)
  if (!/^\d{1,5}$/.test(word) || seconds < 5 || seconds > 3600)
    throw new Trouble(
      'bad-option',
      text(`--lease ${word} geht nicht`, `--lease ${word} is not possible`),
      text('Sekunden, 5 bis 3600', 'seconds, 5 to 3600'),
    )
  return seconds
}
