import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { troubleText } from '../report/trouble.js'
import type { Sudo } from '../riegel/reach.js'
import { asks, askYes } from './ask.js'
import { type Context, note } from './context.js'
import type { NewWay } from './host-block.js'
import { secondFactor } from './second-factor.js'

const missing = { what: text('ja oder nein', 'yes or no'), option: 'riegel second-factor' }

/**
 * The last question of harden: a second factor right away, as a transaction of its own, so that each can be taken back
 * without the other. Gives the exit code: harden's is good, and only a door that is in doubt changes that.
 */
export const offerSecondFactor = async (context: Context, way: NewWay, sudo: Sudo): Promise<number> => {
  const later = () =>
    note(context, text(`Später: riegel second-factor ${way.typed}`, `Later: riegel second-factor ${way.typed}`))
  // what was answered by an option was meant for harden's plan and its result
  if (!asks(context) || context.output !== undefined || context.options.one('plan-digest') !== undefined) {
    note(
      context,
      text(
        `Dazu ein Code vom Telefon, als zweiter Faktor:\n    riegel second-factor ${way.typed}`,
        `With it a code from your phone, as a second factor:\n    riegel second-factor ${way.typed}`,
      ),
    )
    return 0
  }
  context.release()
  const question = text(
    '\nWer deinen Schlüssel stiehlt, kommt noch hinein. Ein Code vom Telefon hält ihn auf.\nGleich einrichten? (ja/nein) ',
    '\nWhoever steals your key still gets in. A code from your phone stops them.\nSet it up now? (yes/no) ',
  )
  try {
    if (await askYes(context, question, missing)) {
      // the key of --key and the dangers of --allow were meant for harden
      const many = (name: string) => (['key', 'allow'].includes(name) ? [] : context.options.many(name))
      const own = { ...context, options: { ...context.options, many, ssh: way.ssh } }
      const code = await secondFactor(own, way.target, typeof sudo === 'object' ? sudo.password : undefined)
      if (code > 3) return code
      if (code === 0) return 0
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (error.code !== 'stopped') process.stderr.write(troubleText(error, context.lang))
  }
  later()
  return 0
}
