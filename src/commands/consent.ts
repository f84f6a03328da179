import { type Text, text } from '../model/text.js'
import { askYes } from './ask.js'
import type { Context } from './context.js'

/** Is this what was approved (`--plan-digest`), and does the person agree? Null = yes, else why nothing is begun. */
export const consented = async (
  context: Context,
  digest: string,
): Promise<{ readonly reason: Text; readonly hint?: Text } | null> => {
  const approved = context.options.one('plan-digest')
  if (approved !== undefined && approved !== digest)
    return {
      reason: text('Das ist nicht der Plan, dem du zugestimmt hast', 'This is not the plan that was approved'),
      hint: text('Neuen Plan ansehen: riegel undo ZIEL --plan', 'See the new plan: riegel undo TARGET --plan'),
    }
  const missing = { what: text('Zustimmung', 'consent'), option: '--yes' }
  const question = text('Zurücknehmen? (ja/nein) ', 'Take back? (yes/no) ')
  if (!context.options.flag('yes') && !(await askYes(context, question, missing)))
    return { reason: text('Nicht zugestimmt', 'Refused by you') }
  return null
}
