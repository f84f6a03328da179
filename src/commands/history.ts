import { json, printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { moment } from '../report/layout.js'
import { type Listed, pastOf } from '../riegel/take-back.js'
import { type Connection, connect } from './connect.js'
import { type Context, deliver } from './context.js'

const words: Readonly<Record<string, Text>> = {
  staged: text('vorbereitet', 'prepared'),
  armed: text('bewacht', 'guarded'),
  undoing: text('wird zurückgenommen', 'being taken back'),
  confirming: text('wird bestätigt', 'being confirmed'),
  confirmed: text('bestätigt', 'confirmed'),
  'rolled-back': text('zurückgenommen', 'taken back'),
  stuck: text('steckt fest', 'stuck'),
}

/** The transactions of a target, oldest first. Throws Trouble where root is needed or the answer was cut off. */
export const listOf = async (connection: Connection): Promise<readonly Listed[]> => {
  const past = await pastOf(connection.session)
  if (past === 'denied' && connection.withoutRoot) throw connection.withoutRoot
  if (past === 'denied')
    throw new Trouble(
      'no-root',
      text('Was hier getan wurde, kann nur root lesen', 'What was done here only root can read'),
      text('Als root anmelden oder sudo einrichten', 'Log in as root or set up sudo'),
    )
  if (past === null)
    throw new Trouble(
      'cut-off',
      text('Die Antwort des Servers war abgeschnitten', "The server's answer was cut off"),
      text('Noch einmal versuchen', 'Try again'),
    )
  return past
}

/** A transaction that is under way: nothing else is begun beside it. Throws Trouble `refused`. */
export const refuseWhileOpen = (past: readonly Listed[]): void => {
  const open = past.find(one => ['armed', 'undoing', 'confirming'].includes(one.state))
  if (!open) return
  const since = printableLine(open.about?.at.slice(11, 16) ?? '?')
  const from = printableLine(open.about?.from ?? '?')
  throw new Trouble(
    'refused',
    text(
      `Riegel arbeitet dort schon (seit ${since} UTC, von ${from})`,
      `Riegel is already at work there (since ${since} UTC, from ${from})`,
    ),
    text('Warten oder: riegel history', 'Wait, or: riegel history'),
  )
}

/** `later`: what stands on it, and has changed the same files since. */
const lines = (context: Context, one: Listed, later: readonly Listed[]): string[] => {
  const { lang } = context
  const { about } = one
  const id = printableLine(one.id)
  const state = words[one.state]?.[lang] ?? printableLine(one.state)
  const when = about && !Number.isNaN(Date.parse(about.at)) ? moment(about.at, lang) : '?'
  const by = about ? printableLine(`${about.by}, ${about.from}`) : '?'
  const left: Text =
    one.left === null
      ? text('', '')
      : text(
          `    unbestätigt: in ${Math.max(0, one.left)} s nimmt der Server alles zurück; sofort: sh /var/lib/riegel/${id}/undo.sh`,
          `    unconfirmed: in ${Math.max(0, one.left)} s the server takes everything back; at once: sh /var/lib/riegel/${id}/undo.sh`,
        )
  const whole = about?.takesBack
  const partly: Text =
    whole === undefined
      ? text('', '')
      : text(`nimmt aus ${printableLine(whole)} zurück: `, `takes back of ${printableLine(whole)}: `)
  const rules = `${partly[lang]}${about?.rules.map(printableLine).join(', ') ?? ''}`
  const again = later.filter(({ state }) => state === 'confirmed').flatMap(({ files }) => files.map(({ path }) => path))
  const changed = one.files
    .filter(file => file.changed && !again.includes(file.path))
    .map(file => printableLine(file.path))
  const drift: Text = text(`    seither geändert: ${changed.join(', ')}`, `    changed since: ${changed.join(', ')}`)
  return [
    `${id}   ${state}   ${when}   ${by}`,
    ...(rules === '' ? [] : [`    ${rules}`]),
    ...(left[lang] === '' ? [] : [left[lang]]),
    ...(changed.length === 0 ? [] : [drift[lang]]),
    ...(context.verbose ? one.journal.map(line => `    ${printableLine(line)}`) : []),
  ]
}

/** `riegel history [TARGET]`: what was done to this server, when, by whom, and its state. */
export const history = async (context: Context, target: string | undefined): Promise<number> => {
  const connection = await connect(context, target)
  try {
    const past = await listOf(connection)
    if (context.format === 'json') {
      deliver(context, json({ schema: 'riegel.history/1', target: connection.name, transactions: past }, 2))
      return 0
    }
    const none = text('Hier hat Riegel noch nichts getan.', 'Riegel has not done anything here yet.')
    deliver(
      context,
      past.length === 0
        ? none[context.lang]
        : past.flatMap((one, at) => lines(context, one, past.slice(at + 1))).join('\n'),
    )
    return 0
  } finally {
    connection.end()
  }
}
