import type { Plan } from '../model/plan.js'
import type { OutcomeState, Report } from '../model/report.js'
import type { RuleId } from '../model/rule.js'
import { printable } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { comparison } from '../report/compare.js'
import { again } from './again.js'
import type { Chosen } from './choices.js'
import type { Connection } from './connect.js'
import { type Context, deliver } from './context.js'
import { type NewWay, newWay, offerHostBlock } from './host-block.js'
import { end, outcomeOf } from './outcome.js'

/** What a person reads when it is over and good. Gives the way in from now on. */
export const closing = async (
  context: Context,
  connection: Connection,
  plan: Plan,
  chosen: Chosen,
  reports: {
    readonly before: Report
    readonly after: Report | null
    readonly reasons: ReadonlyMap<RuleId, Text>
    /** root has a password, for the provider's console */
    readonly rootPassword: boolean
  },
): Promise<NewWay> => {
  const { lang } = context
  const way = newWay(connection, plan, chosen)
  const say = (de: string, en: string) => process.stdout.write(printable(`${lang === 'de' ? de : en}\n`))
  say(
    `\nVerriegelt. So kommst du hinein:\n\n    ssh ${way.typed}\n`,
    `\nBolted. This is how you get in:\n\n    ssh ${way.typed}\n`,
  )
  // it is confirmed: whoever breaks off here only forgoes the entry
  const alias = await offerHostBlock(context, connection, plan, chosen).catch(error => {
    if (error instanceof Trouble) return null
    throw error
  })
  if (reports.after !== null) {
    const layout = { width: context.width, color: context.color }
    say('', '')
    process.stdout.write(`${comparison(reports.before, reports.after, lang, layout, reports.reasons)}\n`)
  }
  const { typed: target } = alias ?? way
  const [stays, remain] = reports.rootPassword
    ? ['; root und sein Passwort gelten dort weiter', '; root and its password still work there']
    : ['', '']
  say(
    `Ohne Schlüssel bleibt nur die Konsole deines Anbieters${stays}.
Sichere den Schlüssel: riegel explain lost-key
Rückgängig, auch in Wochen:
    riegel undo ${target}
Jetzt kann deine Software darauf; danach noch einmal:
    riegel audit ${target}`,
    `Without the key only your provider's console is left${remain}.
Keep the key safe: riegel explain lost-key
To take it back, even in weeks:
    riegel undo ${target}
Now your software can go on it; afterwards once more:
    riegel audit ${target}`,
  )
  return alias ?? way
}

/** What a person reads when it did not work: what is wrong, can I get in, what to do, whom to ask. */
export const notDone = (
  context: Context,
  target: string,
  state: OutcomeState,
  reason: Text | null,
  hint: Text | undefined,
  id: string,
  looked = false,
): void => {
  const { lang } = context
  const history = again(context, 'riegel history', target)
  const way = again(context, 'ssh', target)
  const words: Partial<Record<OutcomeState, Text>> = {
    'rolled-back': text(
      `Du kommst hinein wie bisher: ${way}\nAlle Änderungen sind zurückgenommen.`,
      `You get in as before: ${way}\nAll changes are taken back.`,
    ),
    stuck: text(
      `Das Zurücknehmen gelang nicht ganz. Starte den Server jetzt nicht neu. Melde dich an (notfalls an der Konsole deines Anbieters, als root) und tippe:\n    riegelundo\nEs sagt, was noch fehlt, und darf beliebig oft laufen.\nStand: ${history}`,
      `Taking back did not fully succeed. Do not restart the server now. Log in (if need be at your provider's console, as root) and type:\n    riegelundo\nIt says what is missing and may run any number of times.\nState: ${history}`,
    ),
    unknown: looked
      ? text(
          `Was jetzt gilt: ${again(context, 'riegel audit', target)}\nDer Vorgang (${id}): ${history}`,
          `What holds now: ${again(context, 'riegel audit', target)}\nThe transaction (${id}): ${history}`,
        )
      : text(
          `Ausgang ungewiss. Entweder nimmt der Server alles zurück, sobald die Frist um ist, oder er war schon fertig, und die neuen Einstellungen gelten.\nNachsehen (Vorgang ${id}): ${history}`,
          `Outcome unknown. Either the server takes everything back when the lease is over, or it had finished and the new settings hold.\nLook (transaction ${id}): ${history}`,
        ),
  }
  const said = [reason, words[state], hint].flatMap(one => (one ? [one[lang]] : []))
  process.stderr.write(printable(`\n${said.join('\n')}\n`))
}

/** Nothing that Riegel could change is left. */
export const nothingToDo = (context: Context, report: Report, plan: Plan): number => {
  if (context.format === 'terminal' && !context.quiet) {
    const open = plan.leftOpen.map(({ rule, because }) => `  ${rule}: ${because[context.lang]}`)
    const words = text('Nichts zu tun.', 'Nothing to do.')
    const rest = text('Offen bleibt:', 'Still open:')
    deliver(context, [words[context.lang], ...(open.length > 0 ? [rest[context.lang], ...open] : [])].join('\n'))
  }
  return end(context, outcomeOf('nothing-to-do', null, report))
}
