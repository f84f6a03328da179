import type { OutcomeStep } from '../model/report.js'
import type { RuleId } from '../model/rule.js'
import { json, printable, printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { differenceText, linesText } from '../report/lines.js'
import type { Survey } from '../riegel/survey.js'
import { driftOf, type Listed } from '../riegel/take-back.js'
import { drawPart, type PartDrawn, takePartBack, tangledReason } from '../riegel/take-part-back.js'
import { asks } from './ask.js'
import { newId } from './change-server.js'
import type { Connection } from './connect.js'
import { consented } from './consent.js'
import { type Context, deliver } from './context.js'
import { notDone } from './endings.js'
import { refuseWhileOpen } from './history.js'
import { leaseOf } from './lease.js'
import { end, orRefuse, outcomeOf } from './outcome.js'
import { Progress } from './progress.js'
import { answerTouches } from './security-key.js'
import type { UndoPlan } from './undo-plan.js'

const list = (words: readonly string[]): string => words.map(printableLine).join(', ')

/**
 * The transaction, and which of its rules are meant: the newest that has one of them, or the one that is named. `words` are
 * rules, or basics for all rules of theirs. Throws Trouble.
 */
export const pickPart = (
  past: readonly Listed[],
  id: string | undefined,
  words: readonly string[],
): { readonly one: Listed; readonly rules: readonly RuleId[] } => {
  refuseWhileOpen(past)
  const stuck = past.find(({ state }) => state === 'stuck')
  if (stuck)
    throw new Trouble(
      'not-undoable',
      text(`${stuck.id} steckt fest`, `${stuck.id} is stuck`),
      text(`Erst das: riegel undo ZIEL ${stuck.id}`, `That first: riegel undo TARGET ${stuck.id}`),
    )
  const named = id === undefined ? past : past.filter(p => p.id === id)
  if (id !== undefined && named.length === 0)
    throw new Trouble(
      'unknown-id',
      text(`Den Vorgang ${id} gibt es dort nicht`, `There is no transaction ${id} there`),
      text('riegel history nennt alle', 'riegel history names all'),
    )
  const whole = named.filter(({ state, about }) => state === 'confirmed' && about && about.takesBack === undefined)
  const of = ({ about }: Listed, word: string) =>
    about!.rules.filter(rule => rule === word || rule.startsWith(`${word}/`))
  const one = whole.findLast(p => words.every(word => of(p, word).length > 0))
  if (!one) {
    const known = [...new Set(whole.flatMap(({ about }) => about!.rules))]
    throw new Trouble(
      'not-undoable',
      text(
        `Kein Vorgang, der steht, hat das getan: ${list(words)}`,
        `No transaction that stands did that: ${list(words)}`,
      ),
      known.length === 0
        ? text('riegel history nennt alle', 'riegel history names all')
        : text(`Es gibt: ${list(known)}`, `There are: ${list(known)}`),
    )
  }
  return { one, rules: [...new Set(words.flatMap(word => of(one, word)))] }
}

const planOf = (target: string, { id }: Listed, { plan, rules }: PartDrawn): UndoPlan => ({
  schema: 'riegel.undo-plan/1',
  target,
  transaction: id,
  rules,
  files: plan.files.map(({ path }) => ({ path, changed: false, merged: false })),
  ports: plan.ports,
  account: { name: plan.choices.account.name, goes: false },
  digest: plan.digest,
})

/** What goes and what stays, and every line that changes. */
export const partWords = ({ id }: Listed, { plan, rules, stays, contents }: PartDrawn, lang: 'de' | 'en'): string => {
  const gone = plan.ports.before.filter(port => !plan.ports.after.includes(port))
  const port =
    gone.length === 0
      ? text('', '')
      : text(
          `\n  SSH wieder auf Port ${plan.ports.after.join(', ')}.`,
          `\n  SSH on port ${plan.ports.after.join(', ')} again.`,
        )
  const left = (one: 'de' | 'en') => stays.map(words => printableLine(words[one])).join(', ')
  const rest =
    stays.length === 0
      ? text('', '')
      : text(
          `\n  Bleibt, bis der ganze Vorgang zurückgenommen wird:\n    ${left('de')}`,
          `\n  Stays until the whole transaction is taken back:\n    ${left('en')}`,
        )
  const says = text(
    `Aus dem Vorgang ${id} wird zurückgenommen:\n    ${list(rules)}${port.de}${rest.de}\n  Alles andere bleibt.\n`,
    `Of the transaction ${id} is taken back:\n    ${list(rules)}${port.en}${rest.en}\n  All else stays.\n`,
  )
  return printable(`${says[lang]}${linesText(plan, contents, lang)}`)
}

interface Ready {
  readonly one: Listed
  readonly drawn: PartDrawn
}

/** `riegel undo TARGET [ID] --only RULE`: some rules of a transaction, in a guarded transaction of its own. */
export const undoOnly = async (
  context: Context,
  connection: Connection,
  seen: Survey,
  past: readonly Listed[],
  id: string | undefined,
  loginMs: number,
): Promise<number> => {
  const ready = await orRefuse(context, seen.report, async (): Promise<Ready | { readonly code: number }> => {
    const { one, rules } = pickPart(past, id, context.options.many('only'))
    const drawn = await drawPart(connection.session, seen, one, rules)
    if ('tangled' in drawn) {
      const file = one.files.find(({ path }) => path === drawn.tangled)
      const drift = file && (await driftOf(connection.session, one.id, file))
      if (drift && context.format === 'terminal')
        process.stderr.write(differenceText(drawn.tangled, drift.wrote, drift.now, context.lang))
      const hint = text(
        'Die spätere Änderung erst herausnehmen, dann noch einmal',
        'Take the later change out first, then again',
      )
      return { code: end(context, outcomeOf('refused', tangledReason(drawn), seen.report), hint) }
    }
    if ('refuse' in drawn) return { code: end(context, outcomeOf('refused', drawn.refuse, seen.report), drawn.hint) }
    if (drawn.plan.items.length === 0) {
      if (context.format === 'terminal' && !context.quiet)
        deliver(context, text('Nichts zurückzunehmen.', 'Nothing to take back.')[context.lang])
      return { code: end(context, outcomeOf('nothing-to-do', null, seen.report)) }
    }
    const words = partWords(one, drawn, context.lang)
    if (context.options.flag('plan')) {
      const document =
        context.format === 'json' ? json(planOf(connection.name, one, drawn), 2) : `${words}digest ${drawn.plan.digest}`
      deliver(context, document)
      return { code: 0 }
    }
    if (asks(context)) process.stderr.write(words)
    const no = await consented(context, drawn.plan.digest)
    if (no) return { code: end(context, outcomeOf('refused', no.reason, seen.report), no.hint) }
    return { one, drawn }
  })
  if ('code' in ready) return ready.code
  return await apply(context, connection, seen, ready, loginMs)
}

const apply = async (
  context: Context,
  connection: Connection,
  seen: Survey,
  { one, drawn }: Ready,
  loginMs: number,
): Promise<number> => {
  const id = newId(context.now())
  const { plan, rules } = drawn
  const went: Text = text(`zurückgenommen: ${list(rules)}`, `taken back: ${list(rules)}`)
  const progress = new Progress(context, plan, '', went)
  const { session, server, sudoPassword } = connection
  await answerTouches(context, server!, seen)
  context.hold()
  const { ending, after } = await takePartBack({
    connection: { ...connection, server: server! },
    seen,
    one,
    drawn,
    id,
    lease: leaseOf(context),
    loginMs,
    sudo: session.account === 'root' ? 'none' : sudoPassword === null ? 'nopasswd' : { password: sudoPassword },
    stop: context.stop,
    now: context.now,
    event: (state, note) => progress.tell(state, note),
  }).finally(() => progress.end())
  const steps: readonly OutcomeStep[] = progress.steps
  const outcome = outcomeOf(ending.state, ending.reason, seen.report, {
    transaction: ending.state === 'refused' ? null : id,
    after,
    steps,
  })
  if (context.format === 'terminal') {
    const port = plan.ports.after[0]!
    const way = `ssh ${port === 22 ? '' : `-p ${port} `}${session.account}@${server!.address.host}`
    const says = text(
      `Zurückgenommen: ${list(rules)}. Alles andere bleibt, und du kommst hinein wie jetzt:\n    ${way}\nDoch wieder: riegel undo ZIEL ${id}`,
      `Taken back: ${list(rules)}. All else stays. This is how you get in:\n    ${way}\nBring it back: riegel undo TARGET ${id}`,
    )
    if (ending.state === 'confirmed') deliver(context, printable(says[context.lang]))
    else if (ending.state !== 'refused') notDone(context, connection.name, ending.state, ending.reason, ending.hint, id)
  }
  return end(context, outcome, ending.hint)
}
