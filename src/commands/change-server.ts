import { randomInt } from 'node:crypto'
import { type LoginKey, opensKey } from '../keys/own.js'
import type { Choices } from '../model/change.js'
import type { Rule } from '../model/rule.js'
import { isAskingForCode } from '../model/second-factor.js'
import { isSecurityType, needsSecurityKey } from '../model/security-key.js'
import { json } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { installBefore, type Result, waitForCloudInit } from '../riegel/carry-out.js'
import { type Drawn, drawPlan } from '../riegel/planning.js'
import { askpassEnvironment, forgetAnswers, type Sudo } from '../riegel/reach.js'
import { type Survey, survey } from '../riegel/survey.js'
import { pastOf } from '../riegel/take-back.js'
import { acceptDangers, agree, planWords } from './agree.js'
import { ask, mustAsk } from './ask.js'
import { short } from './choose-key.js'
import { missingCode, secretGiven } from './codes.js'
import { type Connection, connect } from './connect.js'
import { type Context, deliver, note } from './context.js'
import { notDone } from './endings.js'
import { refuseWhileOpen } from './history.js'
import { end, orRefuse, outcomeOf } from './outcome.js'
import type { Progress } from './progress.js'
import type { Drop } from './secret.js'
import { sudoFor } from './sudo.js'
import { waiting } from './waiting.js'

// What every command that changes a server does the same way, in the order in which it does it.

/** `20261124-190201-kq7m`: when it began (UTC), and four letters so that two cannot meet. */
export const newId = (now: Date): string => {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const letters = Array.from({ length: 4 }, () => 'abcdefghijkmnpqrstuvwx23456789'[randomInt(30)]).join('')
  return `${stamp}-${letters}`
}

const passphraseFor = async (context: Context, key: LoginKey | null, folder: string): Promise<string | undefined> => {
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
    const answers = askpassEnvironment(folder, words)
    const opens = opensKey(key.identity, answers)
    forgetAnswers(answers)
    if (opens) return words
    note(context, text('Diese Passphrase stimmt nicht.', 'That was not it.'))
  }
  throw new Trouble(
    'bad-passphrase',
    text('Die Passphrase stimmt nicht', 'The passphrase is not right'),
    text('ssh-add, dann noch einmal', 'ssh-add, then again'),
  )
}

const looking = text('sieht sich um', 'looking')

const seeAgain = async (context: Context, connection: Connection, rules: readonly Rule[]): Promise<Survey> => {
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

/** Another run that is changing this server just now: whatever was seen is half of something. Throws Trouble `refused`. */
const mustBeAlone = async ({ session }: Connection): Promise<void> => {
  const past = await pastOf(session)
  if (past !== 'denied' && past !== null) refuseWhileOpen(past)
}

/** A server that was looked at, and by what it is judged. */
export interface Found {
  readonly connection: Connection
  readonly seen: Survey
  readonly rules: readonly Rule[]
  readonly lease: number
  /** how long login and look took */
  readonly loginMs: number
}

/** The command ends here, with this exit code. */
export interface Over {
  readonly code: number
}

/**
 * Connects and looks, has everything prepared (whatever stops that is a refusal: nothing was changed), and carries it
 * out. Gives the exit code. Throws Trouble. `sudoPassword`: of the account there, where it is known already.
 */
export const onServer = async <R extends object>(
  context: Context,
  target: string,
  { rules, lease, sudoPassword }: Pick<Found, 'rules' | 'lease'> & { readonly sudoPassword?: string },
  steps: { prepare(found: Found): Promise<R | Over>; apply(found: Found, ready: R): Promise<number> },
): Promise<number> => {
  const connection = await connect(context, target, sudoPassword === undefined ? {} : { sudoPassword })
  try {
    const started = performance.now()
    const seen = await seeAgain(context, connection, rules)
    const found: Found = { connection, seen, rules, lease, loginMs: performance.now() - started }
    const ready = await orRefuse(context, seen.report, async () => {
      if (connection.withoutRoot) throw connection.withoutRoot
      await mustBeAlone(connection)
      return steps.prepare(found)
    })
    return 'code' in ready ? ready.code : await steps.apply(found, ready)
  } finally {
    connection.end()
  }
}

/** Nothing was changed, and this is why. */
export const refused = (context: Context, { seen }: Found, reason: Text, hint?: Text): Over => ({
  code: end(context, outcomeOf('refused', reason, seen.report), hint),
})

export const draw = (
  context: Context,
  { connection, seen, rules }: Found,
  choices: Choices,
): ReturnType<typeof drawPlan> =>
  waiting(context, text('macht den Plan', 'making the plan'), () => drawPlan(connection.session, seen, choices, rules))

/** The plan alone, for `--plan`. */
export const showPlan = (context: Context, { seen, lease }: Found, drawn: Drawn): Over => {
  deliver(
    context,
    context.format === 'json'
      ? json(drawn.plan, 2)
      : `${planWords(context, seen, drawn, lease, true)}\ndigest ${drawn.plan.digest}`,
  )
  return { code: 0 }
}

/**
 * Dangers, digest and consent: the plan that may be carried out. `change` = the questions once more. `command`: what shows
 * a new plan.
 */
export const consent = async (
  context: Context,
  found: Found,
  first: Drawn,
  command: string,
): Promise<Drawn | Over | 'change'> => {
  const { choices } = first.plan
  const dangers = await acceptDangers(context, first.plan)
  if ('refuse' in dangers) return refused(context, found, dangers.refuse, dangers.hint)
  const more = dangers.allow.length > choices.allow.length
  const drawn = more ? await draw(context, found, { ...choices, allow: dangers.allow }) : first
  if ('refuse' in drawn) return refused(context, found, drawn.refuse)
  const digest = context.options.one('plan-digest')
  if (digest !== undefined && digest !== drawn.plan.digest)
    return refused(
      context,
      found,
      text('Das ist nicht der Plan, dem du zugestimmt hast', 'This is not the plan that was approved'),
      text(`Neuen Plan ansehen: ${command} ZIEL --plan`, `See the new plan: ${command} TARGET --plan`),
    )
  const answer = await agree(context, found.seen, drawn, found.lease)
  if (answer === 'no') return refused(context, found, text('Nicht zugestimmt', 'Refused by you'))
  return answer === 'change' ? answer : drawn
}

/** What a transaction needs besides its plan. */
export interface Means {
  readonly passphrase?: string
  /** each proof takes a touch */
  readonly touched?: boolean
  readonly sudo: Sudo
  /** the plan in words, where nobody was shown it yet */
  readonly words: string
}

/** What a key asks for before it is used: its passphrase, and the PIN of the security key that keeps it. Throws Trouble. */
export const openKey = async (
  context: Context,
  { connection, seen }: Pick<Found, 'connection' | 'seen'>,
  key: LoginKey,
  mustVerify = false,
): Promise<Pick<Means, 'passphrase' | 'touched'>> => {
  const server = connection.server!
  const passphrase = await passphraseFor(context, key, server.folder)
  const given = passphrase === undefined ? {} : { passphrase }
  if (!isSecurityType(key.key.type)) return given
  const { unlock } = await import('./security-key.js')
  const must = mustVerify || needsSecurityKey(seen.sections.effective, connection.session.account)
  server.securityKey = await unlock(context, server, key, passphrase, must)
  return { ...given, touched: true }
}

/**
 * Asks for what the key asks for, where `opened` does not have it yet, and for sudo's password; installs what the plan rests
 * on. `secret`: a generated sudo password.
 */
export const meansFor = async (
  context: Context,
  found: Found,
  drawn: Drawn,
  key: LoginKey,
  secret: string,
  opened?: Pick<Means, 'passphrase' | 'touched'>,
): Promise<Means | Over> => {
  const { connection, seen, lease } = found
  if (drawn.plan.steps.some(({ change }) => isAskingForCode(change)) && secretGiven(context) === null)
    mustAsk(context, missingCode)
  const own = opened ?? (await openKey(context, found, key))
  const sudo = await sudoFor(context, connection, seen, drawn.plan, secret)
  const failed = await waiting(context, text('installiert, was fehlt', 'installing what is missing'), () =>
    installBefore(connection.session, drawn.plan),
  )
  if (failed !== null) return refused(context, found, failed)
  const words = context.options.flag('yes') ? planWords(context, seen, drawn, lease) : ''
  return { sudo, words, ...own }
}

/** What is read when it is over. `drop`: where nothing came of it. `good`: said on a terminal when it is confirmed. */
export const conclude = async (
  context: Context,
  { connection, seen }: Found,
  id: string,
  { ending, after }: Result,
  progress: Progress,
  drop: Drop | null,
  good: () => Promise<void> | void,
): Promise<number> => {
  if (['refused', 'rolled-back'].includes(ending.state)) await drop?.()
  const outcome = outcomeOf(ending.state, ending.reason, seen.report, {
    transaction: ending.state === 'refused' ? null : id,
    after,
    steps: progress.steps,
  })
  if (ending.state === 'confirmed') {
    for (const words of ending.notes) note(context, text(`  ${words.de}`, `  ${words.en}`))
    if (context.format === 'terminal') await good()
  } else if (ending.state !== 'refused' && context.format === 'terminal')
    notDone(context, connection.name, ending.state, ending.reason, ending.hint, id, after !== null)
  return end(context, outcome, ending.hint)
}
