import type { Outcome, OutcomeState, Report } from '../model/report.js'
import { json } from '../model/shell.js'
import { Lost } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { type Context, deliver, note } from './context.js'

const codes: Readonly<Record<OutcomeState, number>> = {
  confirmed: 0,
  'nothing-to-do': 0,
  refused: 2,
  'rolled-back': 3,
  stuck: 4,
  unknown: 4,
}

export const outcomeOf = (
  state: OutcomeState,
  reason: Text | null,
  before: Report,
  rest: Partial<Pick<Outcome, 'transaction' | 'after' | 'steps'>> = {},
): Outcome => ({
  schema: 'riegel.outcome/1',
  transaction: null,
  after: null,
  steps: [],
  ...rest,
  state,
  reason,
  before,
})

/** A refusal that was told in the outcome document already; the command line shows it and ends with 2. */
class Ended extends Trouble {}

/** The end of harden and undo: the outcome as a document, a refusal as two lines; gives the exit code. */
export const end = (
  context: Context,
  outcome: Outcome,
  hint: Text = text('Auf dem Server wurde nichts geändert', 'Nothing was changed on the server'),
  code = 'refused',
): number => {
  if (context.format === 'json') {
    const document = json(outcome, 2)
    try {
      deliver(context, document)
    } catch (error) {
      // what happened on the server counts, not that it could not be written down here
      if (!(error instanceof Trouble)) throw error
      note(context, error.text)
      process.stdout.write(`${document}\n`)
    }
  }
  if (outcome.state === 'refused' && outcome.reason) throw new Ended(code, outcome.reason, hint)
  return codes[outcome.state]
}

/** The connection broke while nothing had been changed yet. */
export const lost = (): Trouble =>
  new Trouble(
    'lost',
    text(
      'Die Verbindung ist abgerissen, bevor etwas geändert wurde',
      'The connection was lost before anything was changed',
    ),
    text('Noch einmal versuchen', 'Try again'),
  )

/** Work that changes nothing yet: whatever stops it is a refusal, and a program gets its document. */
export const orRefuse = async <T>(context: Context, before: Report, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const trouble = error instanceof Lost ? lost() : error
    if (!(trouble instanceof Trouble) || trouble instanceof Ended) throw trouble
    end(context, outcomeOf('refused', trouble.text, before), trouble.hint, trouble.code)
    throw trouble
  }
}
