import type { OutcomeStep } from '../model/report.js'
import { printableLine } from '../model/shell.js'
import { Lost } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { differenceText } from '../report/lines.js'
import { driftOf, type Listed, survey, takeBack } from '../riegel.js'
import { allowed } from './choices.js'
import { type Connection, connect } from './connect.js'
import { askYes, type Context, deliver, emit, note } from './context.js'
import { end, outcomeOf } from './harden.js'
import { listOf } from './history.js'
import { chosenRules } from './rules.js'

const pick = (past: readonly Listed[], id: string | undefined): Listed | null => {
  const one = id === undefined ? past.filter(p => p.state === 'confirmed').at(-1) : past.find(p => p.id === id)
  if (id !== undefined && !one)
    throw new Trouble(
      'unknown-id',
      text(`Den Vorgang ${id} gibt es dort nicht`, `There is no transaction ${id} there`),
      text('riegel history nennt alle', 'riegel history names all'),
    )
  if (one && one.state !== 'confirmed' && one.state !== 'stuck') {
    if (one.state === 'rolled-back') return null
    throw new Trouble(
      'not-undoable',
      text(`${one.id} ist noch nicht zu Ende (${one.state})`, `${one.id} is not over yet (${one.state})`),
      text('Warten, dann: riegel history', 'Wait, then: riegel history'),
    )
  }
  return one ?? null
}

/** What will be taken back, and by which way one gets in then. */
const show = (context: Context, one: Listed): void => {
  const about = one.about!
  const ports = about.ports.before.join(', ')
  const account: Text = about.made
    ? text(
        `\n  Das Konto ${about.account} verschwindet, wenn in seinem Ordner nichts Eigenes liegt.`,
        `\n  The account ${about.account} goes, if nothing of its own lies in its folder.`,
      )
    : text('', '')
  const words = text(
    `Zurückgenommen wird der Vorgang ${one.id}:\n  ${about.rules.map(printableLine).join(', ')}\n  ${about.files.map(printableLine).join(', ')}\n  SSH wieder auf Port ${ports}, wie vorher.${account.de}\n  Pakete, die dazukamen, bleiben.`,
    `Taken back is the transaction ${one.id}:\n  ${about.rules.map(printableLine).join(', ')}\n  ${about.files.map(printableLine).join(', ')}\n  SSH on port ${ports} again, as before.${account.en}\n  Packages that were added stay.`,
  )
  process.stderr.write(`${words[context.lang]}\n`)
}

/** Everything that was changed by somebody else since, shown; what may not be overwritten refuses. */
const checkDrift = async (
  context: Context,
  connection: Connection,
  one: Listed,
): Promise<{ reason: Text; hint: Text } | null> => {
  const changed = one.files.filter(file => file.changed)
  for (const file of changed) {
    const [wrote, now] = await driftOf(connection.session, one.id, file)
    if (context.format === 'terminal') process.stderr.write(differenceText(file.path, wrote, now, context.lang))
  }
  const names = changed.map(file => printableLine(file.path)).join(', ')
  const door = changed.find(file => file.sshd)
  if (door)
    return {
      reason: text(
        `Seither geändert, und sshd liest es: ${printableLine(door.path)}; so ließe sich die Tür nicht sicher zurückbauen`,
        `Changed since, and sshd reads it: ${printableLine(door.path)}; the door could not be rebuilt safely like this`,
      ),
      hint: text(
        'Die spätere Änderung erst herausnehmen, dann noch einmal',
        'Take the later change out first, then again',
      ),
    }
  if (changed.length > 0 && !allowed(context).includes('changed-since'))
    return {
      reason: text(`Seither geändert, bliebe also stehen: ${names}`, `Changed since, so it would stay: ${names}`),
      hint: text('Alles andere zurücknehmen: --allow changed-since', 'Take back all the rest: --allow changed-since'),
    }
  return null
}

/** `riegel undo TARGET [ID]`: the old way is proven first, then everything is taken back and checked. */
export const undo = async (context: Context, target: string | undefined, id: string | undefined): Promise<number> => {
  if (target === undefined)
    throw new Trouble(
      'local-undo',
      text('Zurückgenommen wird von einem anderen Rechner aus', 'Taking back is done from another computer'),
      text(
        'Auf dem Server selbst: sh /var/lib/riegel/ID/undo.sh (riegel history nennt die ID)',
        'On the server itself: sh /var/lib/riegel/ID/undo.sh (riegel history names the ID)',
      ),
    )
  const connection = await connect(context, target)
  try {
    return await undoOver(context, connection, id)
  } catch (error) {
    if (!(error instanceof Lost)) throw error
    throw new Trouble(
      'lost',
      text(
        'Die Verbindung ist abgerissen, bevor etwas geändert wurde',
        'The connection was lost before anything was changed',
      ),
      text('Noch einmal versuchen', 'Try again'),
    )
  } finally {
    connection.end()
  }
}

const undoOver = async (context: Context, connection: Connection, id: string | undefined): Promise<number> => {
  const rules = chosenRules(context.options)
  const one = pick(await listOf(connection), id)
  const seen = await survey(
    connection.session,
    { target: connection.name, occasion: 'harden', operator: connection.operator, now: context.now() },
    rules,
  )
  if (one === null) {
    if (context.format === 'terminal')
      deliver(context, text('Nichts zurückzunehmen.', 'Nothing to take back.')[context.lang])
    return end(context, outcomeOf('nothing-to-do', null, seen.report))
  }
  const refuse = (reason: Text, hint?: Text) => end(context, outcomeOf('refused', reason, seen.report), hint)
  if (one.about === null)
    return refuse(
      text(`Was ${one.id} getan hat, ist nicht mehr zu lesen`, `What ${one.id} did can no longer be read`),
      text(
        `Auf dem Server: sh /var/lib/riegel/${one.id}/undo.sh`,
        `On the server: sh /var/lib/riegel/${one.id}/undo.sh`,
      ),
    )
  if (context.format === 'terminal' || context.canAsk) show(context, one)
  const drift = await checkDrift(context, connection, one)
  if (drift) return refuse(drift.reason, drift.hint)
  if (context.options.flag('plan')) return end(context, outcomeOf('nothing-to-do', null, seen.report))
  if (!context.options.flag('yes')) {
    const missing = { what: text('Zustimmung', 'consent'), option: '--yes' }
    if (!(await askYes(context, text('Zurücknehmen? (ja/nein) ', 'Take back? (yes/no) '), missing)))
      return refuse(text('Von dir abgelehnt', 'Refused by you'))
  }
  const steps: OutcomeStep[] = []
  const tell = (state: string, words?: Text) => {
    const at = context.now().toISOString()
    steps.push({ state, at, ...(words && { note: words }) })
    if (context.events) emit({ event: 'state', state, at, ...(words && { note: words }) })
    else if (words) note(context, text(`  ${words.de}`, `  ${words.en}`))
  }
  const sudo =
    connection.session.account === 'root'
      ? 'none'
      : connection.sudoPassword === null
        ? 'nopasswd'
        : { password: connection.sudoPassword }
  const server = connection.server!
  const result = await takeBack({
    connection: { ...connection, server },
    seen,
    one,
    rules,
    sudo,
    now: context.now,
    tell,
  })
  const outcome = outcomeOf(result.state, result.reason, seen.report, {
    transaction: one.id,
    after: result.after,
    steps,
  })
  if (context.format === 'terminal') {
    if (result.reason) process.stderr.write(`${result.reason[context.lang]}\n`)
    if (result.state === 'confirmed') deliver(context, result.says[context.lang])
  }
  return end(context, outcome, result.hint)
}
