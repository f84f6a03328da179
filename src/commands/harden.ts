import { randomInt } from 'node:crypto'
import { opensKey } from '../keys/own.js'
import { hasPassword } from '../model/logins.js'
import type { Plan } from '../model/plan.js'
import type { Rule } from '../model/rule.js'
import { json } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { hostOf } from '../report/words.js'
import { carryOut, installBefore, waitForCloudInit } from '../riegel/carry-out.js'
import { type Drawn, drawPlan } from '../riegel/planning.js'
import { askpassEnvironment } from '../riegel/reach.js'
import { type Survey, survey } from '../riegel/survey.js'
import { pastOf } from '../riegel/take-back.js'
import { acceptDangers, agree, planWords } from './agree.js'
import { ask } from './ask.js'
import { type Chosen, checkOptions, choose } from './choices.js'
import { heldKey, short } from './choose-key.js'
import { type Connection, connect } from './connect.js'
import { type Context, deliver, note } from './context.js'
import { Dialogue } from './dialogue.js'
import { closing, notDone, nothingToDo } from './endings.js'
import { refuseWhileOpen } from './history.js'
import { leaseOf } from './lease.js'
import { end, orRefuse, outcomeOf } from './outcome.js'
import { Progress } from './progress.js'
import { chosenRules } from './rules.js'
import { choosePlace, type Drop, needsSecret, type Place, settleSecret } from './secret.js'
import { showScript } from './show-script.js'
import { sudoFor } from './sudo.js'
import { waiting } from './waiting.js'

/** `20261124-190201-kq7m`: when it began (UTC), and four letters so that two cannot meet. */
export const newId = (now: Date): string => {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const letters = Array.from({ length: 4 }, () => 'abcdefghijkmnpqrstuvwx23456789'[randomInt(30)]).join('')
  return `${stamp}-${letters}`
}

export const passphraseFor = async (context: Context, chosen: Chosen, folder: string): Promise<string | undefined> => {
  const { key } = chosen
  if (!key?.encrypted || key.identity === null) return undefined
  const missing = {
    what: text(`die Passphrase von ${key.identity}`, `the passphrase of ${key.identity}`),
    option: `ssh-add ${key.identity}`,
  }
  for (let tries = 0; tries < 3; tries++) {
    const words = await ask(
      context,
      text(`Passphrase von ${short(key.identity)}: `, `Passphrase of ${short(key.identity)}: `),
      missing,
      true,
    )
    if (opensKey(key.identity, askpassEnvironment(folder, words))) return words
    note(context, text('Diese Passphrase stimmt nicht.', 'That was not it.'))
  }
  throw new Trouble(
    'bad-passphrase',
    text('Die Passphrase stimmt nicht', 'The passphrase is not right'),
    text('ssh-add, dann noch einmal', 'ssh-add, then again'),
  )
}

const looking = text('sieht sich um', 'looking')

export const seeAgain = async (context: Context, connection: Connection, rules: readonly Rule[]): Promise<Survey> => {
  const options = {
    target: connection.name,
    occasion: 'harden',
    operator: connection.operator,
    now: context.now(),
  } as const
  const see = () => waiting(context, looking, () => survey(connection.session, options, rules))
  const first = await see()
  if (first.sections.system?.cloudInit !== 'running') return first
  note(
    context,
    text(
      'cloud-init richtet den Server noch ein; Riegel wartet.',
      'cloud-init is still setting the server up; Riegel waits.',
    ),
  )
  await waiting(context, text('wartet auf cloud-init', 'waiting for cloud-init'), () =>
    waitForCloudInit(connection.session),
  )
  return see()
}

/** `riegel harden TARGET`: survey, choices, plan, consent, transaction, report. Gives the exit code. */
export const harden = async (context: Context, target: string | undefined): Promise<number> => {
  const rules = chosenRules(context.options)
  const lease = leaseOf(context)
  await checkOptions(context)
  if (context.options.flag('show-script')) return showScript(context, 'harden')
  if (target === undefined)
    throw new Trouble(
      'local-harden',
      text(
        'Den Rechner, an dem du sitzt, kann Riegel noch nicht absichern',
        'Riegel cannot yet harden the machine you sit at',
      ),
      text(
        'Von einem anderen Rechner aus: riegel harden NAME@SERVER',
        'From another computer: riegel harden user@host',
      ),
    )
  const connection = await connect(context, target)
  try {
    const started = performance.now()
    const seen = await seeAgain(context, connection, rules)
    const loginMs = performance.now() - started
    const ready = await orRefuse(context, seen.report, () => prepare(context, connection, seen, rules, lease))
    return 'code' in ready ? ready.code : await apply(context, connection, seen, { ...ready, rules, lease, loginMs })
  } finally {
    connection.end()
  }
}

interface Ready {
  readonly plan: Plan
  readonly chosen: Chosen
  readonly words: string
  readonly secret: string
  /** takes the generated password away again where nothing came of it */
  readonly drop: Drop | null
  readonly passphrase?: string
  readonly sudo: Awaited<ReturnType<typeof sudoFor>>
}

/** Another run that is changing this server just now: whatever was seen is half of something. Throws Trouble `refused`. */
export const mustBeAlone = async ({ session }: Connection): Promise<void> => {
  const past = await pastOf(session)
  if (past !== 'denied' && past !== null) refuseWhileOpen(past)
}

/** Everything a person says, before anything is changed: questions, dangers, the plan. Throws Trouble. */
const prepare = async (
  context: Context,
  connection: Connection,
  seen: Survey,
  rules: readonly Rule[],
  lease: number,
): Promise<Ready | { readonly code: number }> => {
  const { options } = context
  const { session } = connection
  if (connection.withoutRoot) throw connection.withoutRoot
  await mustBeAlone(connection)
  const refuse = (reason: Text, hint?: Text) => ({
    code: end(context, outcomeOf('refused', reason, seen.report), hint),
  })
  const draw = (choices: Plan['choices']) =>
    waiting(context, text('macht den Plan', 'making the plan'), () => drawPlan(session, seen, choices, rules))
  // made once: after "change" the same password holds
  let place: Place | null = null
  for (;;) {
    const dialogue = new Dialogue(context)
    const asked = await choose(context, dialogue, connection, seen)
    let drawn = await draw(asked.choices)
    if ('refuse' in drawn) return refuse(drawn.refuse)
    if (drawn.plan.items.length === 0) return { code: nothingToDo(context, seen.report, drawn.plan) }
    if (options.flag('plan')) return { code: showPlan(context, seen, drawn, lease) }
    const [refusal] = drawn.refusals
    if (refusal) return refuse(refusal.refuse, refusal.hint)
    const key = asked.key ?? (await heldKey(context, dialogue, seen, asked.choices.account.name))
    if (needsSecret(drawn.plan.items)) place ??= await choosePlace(context, dialogue)
    const dangers = await acceptDangers(context, drawn.plan)
    if ('refuse' in dangers) return refuse(dangers.refuse, dangers.hint)
    if (dangers.allow.length > drawn.plan.choices.allow.length) {
      drawn = await draw({ ...asked.choices, allow: dangers.allow })
      if ('refuse' in drawn) return refuse(drawn.refuse)
    }
    const { plan } = drawn
    const digest = options.one('plan-digest')
    if (digest !== undefined && digest !== plan.digest)
      return refuse(
        text('Das ist nicht der Plan, dem du zugestimmt hast', 'This is not the plan that was approved'),
        text('Neuen Plan ansehen: riegel harden ZIEL --plan', 'See the new plan: riegel harden TARGET --plan'),
      )
    const answer = await agree(context, seen, drawn, lease)
    if (answer === 'change') continue
    if (answer === 'no') return refuse(text('Nicht zugestimmt', 'Refused by you'))
    const chosen = { ...asked, key }
    const secret = needsSecret(plan.items) ? (place?.password ?? '') : ''
    const passphrase = await passphraseFor(context, chosen, connection.server!.folder)
    const sudo = await sudoFor(context, connection, seen, plan, secret)
    const failed = await waiting(context, text('installiert sudo', 'installing sudo'), () =>
      installBefore(session, plan),
    )
    if (failed !== null) return refuse(failed)
    const owner = { account: plan.choices.account.name, host: hostOf(connection.name) }
    const drop = secret !== '' && place ? await settleSecret(context, place, owner) : null
    const words = options.flag('yes') ? planWords(context, seen, drawn, lease) : ''
    return {
      plan,
      chosen,
      words,
      secret,
      drop,
      sudo,
      ...(passphrase !== undefined && { passphrase }),
    }
  }
}

export const showPlan = (context: Context, seen: Survey, drawn: Drawn, lease: number): number => {
  deliver(
    context,
    context.format === 'json'
      ? json(drawn.plan, 2)
      : `${planWords(context, seen, drawn, lease, true)}\ndigest ${drawn.plan.digest}`,
  )
  return 0
}

type Apply = Ready & { readonly rules: readonly Rule[]; readonly lease: number; readonly loginMs: number }

/** The transaction, and what is read when it is over. */
const apply = async (context: Context, connection: Connection, seen: Survey, work: Apply): Promise<number> => {
  const { plan, chosen, words, drop, ...rest } = work
  const id = newId(context.now())
  const progress = new Progress(context, plan, words)
  // from here on Ctrl+C takes back instead of ending at once
  context.hold()
  const result = await carryOut({
    ...rest,
    connection: { ...connection, server: connection.server! },
    seen,
    plan,
    id,
    identity: chosen.key!.identity!,
    fingerprint: chosen.key!.key.fingerprint,
    proveAlso: context.options.many('prove-also'),
    stop: context.stop,
    now: context.now,
    event: (state, note) => progress.tell(state, note),
  }).finally(() => progress.end())
  const { ending } = result
  if (['refused', 'rolled-back'].includes(ending.state)) await drop?.()
  const outcome = outcomeOf(ending.state, ending.reason, seen.report, {
    transaction: ending.state === 'refused' ? null : id,
    after: result.after,
    steps: progress.steps,
  })
  if (ending.state === 'confirmed') {
    for (const words of ending.notes) note(context, text(`  ${words.de}`, `  ${words.en}`))
    if (context.format === 'terminal') {
      const root = seen.sections.accounts.find(account => account.name === 'root')
      await closing(context, connection, plan, chosen, {
        before: seen.report,
        after: result.after,
        reasons: result.reasons,
        rootPassword: root !== undefined && hasPassword(root),
      })
    }
  } else if (ending.state !== 'refused' && context.format === 'terminal')
    notDone(context, connection.name, ending.state, ending.reason, ending.hint, id, result.after !== null)
  return end(context, outcome, ending.hint)
}
