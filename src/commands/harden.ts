import { randomInt } from 'node:crypto'
import { opensKey } from '../keys/own.js'
import type { Plan } from '../model/plan.js'
import type { Outcome, OutcomeState, Report } from '../model/report.js'
import type { RuleId } from '../model/rule.js'
import { Lost } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { comparison } from '../report/compare.js'
import { linesText, planText } from '../report/plan.js'
import {
  askpassEnvironment,
  carryOut,
  type Drawn,
  drawPlan,
  installBefore,
  type Survey,
  scriptOf,
  survey,
  waitForCloudInit,
} from '../riegel.js'
import { type Chosen, choose, heldKey } from './choices.js'
import { type Connection, connect } from './connect.js'
import { ask, type Context, deliver, note } from './context.js'
import { offerHostBlock, sshLine } from './host-block.js'
import { Progress } from './progress.js'
import { chosenRules } from './rules.js'
import { checkPlace, needsSecret, settleSecret } from './secret.js'
import { sudoFor } from './sudo.js'

/** `20261124-190201-kq7m`: when it began (UTC), and four letters so that two cannot meet. */
export const newId = (now: Date): string => {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const letters = Array.from({ length: 4 }, () => 'abcdefghijkmnpqrstuvwx23456789'[randomInt(30)]).join('')
  return `${stamp}-${letters}`
}

const codes: Readonly<Record<OutcomeState, number>> = {
  confirmed: 0,
  'nothing-to-do': 0,
  refused: 2,
  'rolled-back': 3,
  stuck: 4,
  unknown: 4,
}

/** The end of harden and undo: the outcome as a document, or the trouble as two lines; gives the exit code. */
export const end = (context: Context, outcome: Outcome, hint?: Text): number => {
  if (context.format === 'json') deliver(context, JSON.stringify(outcome, null, 2))
  if (outcome.state === 'refused' && outcome.reason) throw new Ended(outcome.reason, hint)
  return codes[outcome.state]
}

/** A refusal that was told in the outcome document already; the command line shows it and ends with 2. */
class Ended extends Trouble {
  constructor(
    reason: Text,
    hint: Text = text('Auf dem Server wurde nichts geändert', 'Nothing was changed on the server'),
  ) {
    super('refused', reason, hint)
  }
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

const passphraseFor = async (context: Context, chosen: Chosen, folder: string): Promise<string | undefined> => {
  const { key } = chosen
  if (!key?.encrypted || key.identity === null) return undefined
  const missing = {
    what: text(`die Passphrase von ${key.identity}`, `the passphrase of ${key.identity}`),
    option: `ssh-add ${key.identity}`,
  }
  for (let tries = 0; tries < 3; tries++) {
    const words = await ask(
      context,
      text(`Passphrase von ${key.identity}: `, `Passphrase of ${key.identity}: `),
      missing,
      true,
    )
    if (opensKey(key.identity, askpassEnvironment(folder, words))) return words
    note(context, text('Das war sie nicht.', 'That was not it.'))
  }
  throw new Trouble(
    'bad-passphrase',
    text('Die Passphrase stimmt nicht', 'The passphrase is not right'),
    text('ssh-add, dann noch einmal', 'ssh-add, then again'),
  )
}

const dangerRefused = (plan: Plan): { reason: Text; hint: Text } | null => {
  const danger = plan.dangers.find(one => !plan.choices.allow.includes(one.id))
  return danger
    ? {
        reason: danger.text,
        hint: text(`Bewusst erlauben: --allow ${danger.id}`, `Allow knowingly: --allow ${danger.id}`),
      }
    : null
}

/** Shows the plan and asks. `change` = the questions once more. */
const agree = async (context: Context, drawn: Drawn): Promise<'yes' | 'no' | 'change'> => {
  const { plan } = drawn
  const layout = { width: context.width, color: context.color, verbose: context.verbose }
  process.stderr.write(`\n${planText(plan, context.lang, layout)}`)
  if (context.options.flag('yes')) return 'yes'
  const contents = new Map([...drawn.contents].map(([path, bytes]) => [path, bytes?.toString('utf8') ?? null]))
  const question = text('\nAnwenden? (ja / nein / zeilen / ändern) ', '\nApply? (yes / no / lines / change) ')
  const missing = { what: text('Zustimmung zum Plan', 'consent to the plan'), option: '--yes' }
  for (;;) {
    const answer = (await ask(context, question, missing)).toLowerCase()
    if (['ja', 'j', 'yes', 'y'].includes(answer)) return 'yes'
    if (['nein', 'n', 'no'].includes(answer)) return 'no'
    if (['ändern', 'aendern', 'change'].includes(answer)) return 'change'
    if (['zeilen', 'lines'].includes(answer)) process.stderr.write(`\n${linesText(plan, contents, context.lang)}`)
  }
}

const leaseOf = (context: Context): number => {
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

/** What a person reads when it is over and good. */
const closing = async (
  context: Context,
  connection: Connection,
  plan: Plan,
  chosen: Chosen,
  reports: { before: Report; after: Report; reasons: ReadonlyMap<RuleId, Text> },
): Promise<void> => {
  const { lang } = context
  const line = sshLine(connection, plan, chosen)
  const say = (de: string, en: string) => process.stdout.write(`${lang === 'de' ? de : en}\n`)
  say(`\nVerriegelt. So kommst du hinein:\n\n    ${line}\n`, `\nBolted. This is how you get in:\n\n    ${line}\n`)
  const alias = await offerHostBlock(context, connection, plan, chosen)
  process.stdout.write(
    `${comparison(reports.before, reports.after, lang, { width: context.width, color: context.color }, reports.reasons)}\n`,
  )
  const target = alias ?? line.replace(/^ssh /, '')
  say(
    `Ohne Schlüssel bleibt nur die Konsole deines Anbieters. Sichere den Schlüssel: riegel explain lost-key
Rückgängig, auch in Wochen:
    riegel undo ${target}
oder ohne Riegel, auf dem Server: riegel history zeigt, welches undo.sh.
Jetzt kann deine Software darauf; danach noch einmal:
    riegel audit ${target}`,
    `Without the key only your provider's console is left. Keep the key safe: riegel explain lost-key
To take it back, even in weeks:
    riegel undo ${target}
or without Riegel, on the server: riegel history shows which undo.sh.
Now your software can go on it; afterwards once more:
    riegel audit ${target}`,
  )
}

/** What a person reads when it did not work: can I get in, what is wrong, what to do, whom to ask. */
const notDone = (
  context: Context,
  target: string,
  state: OutcomeState,
  reason: Text | null,
  hint: Text | undefined,
  id: string,
): void => {
  const { lang } = context
  const words: Partial<Record<OutcomeState, Text>> = {
    'rolled-back': text(
      `Du kommst hinein wie bisher. Nichts ist geblieben.`,
      `You get in as before. Nothing has stayed.`,
    ),
    stuck: text(
      `Das Zurücknehmen gelang nicht ganz. Starte den Server jetzt nicht neu. Melde dich an (notfalls an der Konsole deines Anbieters, als root) und tippe:\n    riegelundo\nEs sagt, was noch fehlt, und darf beliebig oft laufen.\nStand: riegel history ${target}`,
      `Taking back did not fully succeed. Do not restart the server now. Log in (if need be at your provider's console, as root) and type:\n    riegelundo\nIt says what is missing and may run any number of times.\nState: riegel history ${target}`,
    ),
    unknown: text(
      `Ausgang ungewiss. Ist die Frist um, hat der Server alles zurückgenommen; war er schon fertig, gilt das Neue.\nNachsehen: riegel history ${target} (Vorgang ${id})`,
      `Outcome unknown. When the lease is over the server has taken everything back; had it finished, the new state holds.\nLook: riegel history ${target} (transaction ${id})`,
    ),
  }
  const said = [reason, hint, words[state]].flatMap(one => (one ? [one[lang]] : []))
  process.stderr.write(`\n${said.join('\n')}\n`)
}

const seeAgain = async (
  context: Context,
  connection: Connection,
  rules: ReturnType<typeof chosenRules>,
): Promise<Survey> => {
  const options = {
    target: connection.name,
    occasion: 'harden',
    operator: connection.operator,
    now: context.now(),
  } as const
  const first = await survey(connection.session, options, rules)
  if (first.sections.system?.cloudInit !== 'running') return first
  note(
    context,
    text(
      'cloud-init richtet den Server noch ein; Riegel wartet.',
      'cloud-init is still setting the server up; Riegel waits.',
    ),
  )
  await waitForCloudInit(connection.session)
  return survey(connection.session, options, rules)
}

/** `riegel harden TARGET`: survey, choices, plan, consent, transaction, report. Gives the exit code. */
export const harden = async (context: Context, target: string | undefined): Promise<number> => {
  const { options } = context
  const rules = chosenRules(options)
  const lease = leaseOf(context)
  checkPlace(context)
  if (options.flag('show-script')) {
    deliver(context, scriptOf('riegel-TOKEN', 'harden'))
    return 0
  }
  if (target === undefined)
    throw new Trouble(
      'local-harden',
      text(
        'Die Maschine, an der man sitzt, kann Riegel noch nicht verriegeln',
        'Riegel cannot yet bolt the machine one sits on',
      ),
      text('Von einem anderen Rechner: riegel harden user@host', 'From another computer: riegel harden user@host'),
    )
  const connection = await connect(context, target)
  try {
    return await hardenOver(context, connection, rules, lease)
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

const hardenOver = async (
  context: Context,
  connection: Connection,
  rules: ReturnType<typeof chosenRules>,
  lease: number,
): Promise<number> => {
  const { options } = context
  const { session, name } = connection
  const started = performance.now()
  const seen = await seeAgain(context, connection, rules)
  const loginMs = performance.now() - started
  const refuse = (reason: Text, hint?: Text) => end(context, outcomeOf('refused', reason, seen.report), hint)
  if (session.uid !== 0)
    return refuse(
      text(`${session.account} wird auf dem Server nicht root`, `${session.account} does not become root there`),
      text('Als root anmelden oder sudo einrichten', 'Log in as root or set up sudo'),
    )

  let chosen: Chosen
  let drawn: Drawn
  for (;;) {
    chosen = await choose(context, connection, seen)
    const drawing = await drawPlan(session, seen, chosen.choices, rules)
    if ('refuse' in drawing) return refuse(drawing.refuse)
    drawn = drawing
    const { plan } = drawn
    if (plan.items.length === 0) return nothingToDo(context, seen.report, plan)
    if (options.flag('plan')) {
      const layout = { width: context.width, color: context.color, verbose: true }
      const contents = new Map([...drawn.contents].map(([path, bytes]) => [path, bytes?.toString('utf8') ?? null]))
      deliver(
        context,
        context.format === 'json'
          ? JSON.stringify(plan, null, 2)
          : `${planText(plan, context.lang, layout)}\n${linesText(plan, contents, context.lang)}\ndigest ${plan.digest}`,
      )
      return 0
    }
    const [refusal] = drawn.refusals
    if (refusal) return refuse(refusal.refuse, refusal.hint)
    const danger = dangerRefused(plan)
    if (danger) return refuse(danger.reason, danger.hint)
    const digest = options.one('plan-digest')
    if (digest !== undefined && digest !== plan.digest)
      return refuse(
        text('Das ist nicht der Plan, der freigegeben wurde', 'This is not the plan that was approved'),
        text('Neu ansehen: riegel harden --plan', 'Look again: riegel harden --plan'),
      )
    chosen = { ...chosen, key: chosen.key ?? (await heldKey(context, seen, plan.choices.account.name)) }
    if (needsSecret(plan.items) && !context.canAsk && options.one('save-sudo-password') === undefined)
      return refuse(
        text('Kein Ort für das sudo-Passwort (kein Terminal)', 'No place for the sudo password (no terminal)'),
        text('--save-sudo-password FILE', '--save-sudo-password FILE'),
      )
    const answer = await agree(context, drawn)
    if (answer === 'change') continue
    if (answer === 'no') return refuse(text('Von dir abgelehnt', 'Refused by you'))
    break
  }

  const { plan } = drawn
  const secret = needsSecret(plan.items) ? await settleSecret(context) : ''
  const passphrase = await passphraseFor(context, chosen, connection.server!.folder)
  const sudo = await sudoFor(context, connection, seen, plan, secret)
  const failed = await installBefore(session, plan)
  if (failed !== null) return refuse(failed)
  const id = newId(context.now())
  const progress = new Progress(context, plan)
  const result = await carryOut({
    connection: { ...connection, server: connection.server! },
    seen,
    plan,
    rules,
    id,
    lease,
    loginMs,
    secret,
    sudo,
    identity: chosen.key!.identity!,
    fingerprint: chosen.key!.key.fingerprint,
    ...(passphrase !== undefined && { passphrase }),
    proveAlso: options.many('prove-also'),
    stop: context.stop,
    now: context.now,
    event: (state, words) => progress.tell(state, words),
  })
  const outcome = outcomeOf(result.ending.state, result.ending.reason, seen.report, {
    transaction: result.ending.state === 'refused' ? null : id,
    after: result.after,
    steps: progress.steps,
  })
  if (result.ending.state === 'confirmed') {
    for (const words of result.ending.notes) note(context, text(`  ${words.de}`, `  ${words.en}`))
    if (context.format === 'terminal' && result.after)
      await closing(context, connection, plan, chosen, {
        before: seen.report,
        after: result.after,
        reasons: result.reasons,
      })
  } else if (result.ending.state !== 'refused' && context.format === 'terminal')
    notDone(context, name, result.ending.state, result.ending.reason, result.ending.hint, id)
  return end(context, outcome, result.ending.hint)
}

const nothingToDo = (context: Context, report: Report, plan: Plan): number => {
  if (context.format === 'terminal') {
    const open = plan.leftOpen.map(({ rule, because }) => `  ${rule}: ${because[context.lang]}`)
    const words = text('Nichts zu tun.', 'Nothing to do.')
    const rest = text('Offen bleibt:', 'Still open:')
    deliver(context, [words[context.lang], ...(open.length > 0 ? [rest[context.lang], ...open] : [])].join('\n'))
  }
  return end(context, outcomeOf('nothing-to-do', null, report))
}
