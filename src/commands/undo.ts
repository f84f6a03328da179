import { type LoginKey, usableKeys } from '../keys/own.js'
import type { ConfigLines } from '../model/facts.js'
import type { OutcomeStep } from '../model/report.js'
import { exceptedIn } from '../model/second-factor.js'
import { isSecurityType } from '../model/security-key.js'
import { json, printable, printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { differenceText } from '../report/lines.js'
import type { Sudo } from '../riegel/reach.js'
import { type Survey, serverRules, survey } from '../riegel/survey.js'
import {
  type Drift,
  doorBefore,
  driftOf,
  type Listed,
  type Merge,
  type TakeBack,
  takeBack,
} from '../riegel/take-back.js'
import { asks, mustAsk } from './ask.js'
import { openKey } from './change-server.js'
import { allowed } from './choices.js'
import { givenIdentities } from './choose-key.js'
import { missingCode, secretGiven } from './codes.js'
import { type Connection, connect } from './connect.js'
import { consented } from './consent.js'
import { type Context, deliver, emit, note } from './context.js'
import { listOf, refuseWhileOpen } from './history.js'
import { leaseOf } from './lease.js'
import { end, orRefuse, outcomeOf } from './outcome.js'
import { chosenRules } from './rules.js'
import { answerTouches } from './security-key.js'
import { undoPlan, undoWords } from './undo-plan.js'
import { Waiting, waiting } from './waiting.js'

/** Which one is meant; null = nothing is left to be taken back. Throws Trouble. */
export const pick = (past: readonly Listed[], id: string | undefined): Listed | null => {
  const standing = past.filter(({ state }) => state === 'confirmed' || state === 'stuck')
  const one = id === undefined ? standing.at(-1) : past.find(p => p.id === id)
  if (id !== undefined && !one)
    throw new Trouble(
      'unknown-id',
      text(`Den Vorgang ${id} gibt es dort nicht`, `There is no transaction ${id} there`),
      text('riegel history nennt alle', 'riegel history names all'),
    )
  if (one?.state === 'rolled-back') return null
  refuseWhileOpen(past)
  if (!one) return null
  if (!standing.includes(one))
    throw new Trouble(
      'not-undoable',
      text(`${one.id} ist noch nicht zu Ende (${one.state})`, `${one.id} is not over yet (${one.state})`),
      text('Warten, dann: riegel history', 'Wait, then: riegel history'),
    )
  const later = standing
    .filter(p => p.id > one.id)
    .map(p => printableLine(p.id))
    .reverse()
  if (later.length > 0)
    throw new Trouble(
      'later-ones',
      text(
        `Erst muss zurück, was darauf steht: ${later.join(', ')}`,
        `What stands on it must go back first: ${later.join(', ')}`,
      ),
      text('In dieser Reihenfolge, jedes mit: riegel undo ZIEL ID', 'In this order, each with: riegel undo TARGET ID'),
    )
  return one
}

/** Where somebody else changed what Riegel wrote: what sshd reads refuses, anything else must be left knowingly. */
const driftRefused = (context: Context, all: readonly Drift[]): { reason: Text; hint: Text } | null => {
  const drifts = all.filter(({ merge }) => merge === null)
  const door = drifts.find(({ file }) => file.sshd)
  if (door)
    return {
      reason: text(
        `Seither geändert, und sshd liest es: ${printableLine(door.file.path)}; so lässt sich der alte Zugang nicht verlässlich wiederherstellen`,
        `Changed since, and sshd reads it: ${printableLine(door.file.path)}; the old way in could not be restored reliably like this`,
      ),
      hint: text(
        'Die spätere Änderung erst herausnehmen, dann noch einmal',
        'Take the later change out first, then again',
      ),
    }
  if (drifts.length === 0 || allowed(context).includes('changed-since')) return null
  const names = drifts.map(({ file }) => printableLine(file.path)).join(', ')
  return {
    reason: text(`Seither geändert, bliebe also stehen: ${names}`, `Changed since, so it would stay: ${names}`),
    hint: text('Alles andere zurücknehmen: --allow changed-since', 'Take back all the rest: --allow changed-since'),
  }
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
  allowed(context)
  leaseOf(context)
  chosenRules(context.options)
  const connection = await connect(context, target)
  try {
    return await undoOver(context, connection, id)
  } finally {
    connection.end()
  }
}

const undoOver = async (context: Context, connection: Connection, id: string | undefined): Promise<number> => {
  const listed = await listOf(connection)
  const options = {
    target: connection.name,
    occasion: 'harden',
    operator: connection.operator,
    now: context.now(),
  } as const
  const started = performance.now()
  const seen = await waiting(context, text('sieht sich um', 'looking'), () =>
    survey(connection.session, options, serverRules),
  )
  if (context.options.many('only').length > 0) {
    const { undoOnly } = await import('./undo-only.js')
    return await undoOnly(context, connection, seen, listed, id, performance.now() - started)
  }
  const ready = await orRefuse(context, seen.report, () => prepare(context, connection, seen, pick(listed, id)))
  return 'code' in ready ? ready.code : await takeItBack(context, connection, seen, ready)
}

interface Ready {
  readonly one: Listed
  readonly key?: TakeBack['key']
  readonly merges: readonly Merge[]
}

/** A key of the account that is here and stays there; undefined where there is none. */
const otherKey = async (context: Context, { sections }: Survey, goes: string): Promise<LoginKey | undefined> => {
  const stays = (sections.loginKeys?.keys ?? [])
    .filter(({ account, fingerprint }) => account === sections.system?.operator && fingerprint !== goes)
    .map(({ fingerprint }) => fingerprint)
  return (await usableKeys(givenIdentities(context))).find(({ key }) => stays.includes(key.fingerprint))
}

/** Did sshd ask this account for a code before? */
const asksCodeBefore = (before: readonly ConfigLines[], operator: string): boolean =>
  before.some(({ lines }) => lines.some(line => /^\s*AuthenticationMethods\s.*keyboard-interactive/i.test(line))) &&
  !exceptedIn(before).includes(operator)

/**
 * Opens what the old way takes, its passphrase or its PIN, before anything is touched: the key that stays, or the security
 * key that was demanded before or has opened this connection. Nothing where ssh's own ways will do. Throws Trouble.
 */
const keyBack = async (
  context: Context,
  connection: Connection,
  seen: Survey,
  before: readonly ConfigLines[],
  other: LoginKey | null,
): Promise<TakeBack['key'] | null> => {
  const authorized = seen.sections.loginKeys?.keys ?? []
  const demanded = before.some(({ lines }) =>
    lines.some(line => /^\s*PubkeyAuthOptions\s.*verify-required/i.test(line)),
  )
  const accepted = authorized.find(({ fingerprint }) => fingerprint === connection.session.acceptedKey)
  const security = demanded || (accepted !== undefined && isSecurityType(accepted.type))
  const own = (keys: readonly LoginKey[]) =>
    keys.find(
      ({ key }) =>
        isSecurityType(key.type) &&
        authorized.some(one => one.account === seen.sections.system?.operator && one.fingerprint === key.fingerprint),
    )
  const key = other ?? (security ? own(await usableKeys(givenIdentities(context))) : undefined)
  if (!key) {
    if (security) await answerTouches(context, connection.server!, seen)
    return null
  }
  const opened = await openKey(context, { connection, seen }, key)
  return { ...opened, identity: other ? { path: key.identity!, fingerprint: key.key.fingerprint } : 'own' }
}

/** Everything that is said and asked before anything is taken back. */
const prepare = async (
  context: Context,
  connection: Connection,
  seen: Survey,
  one: Listed | null,
): Promise<{ readonly code: number } | Ready> => {
  const { options } = context
  if (one === null) {
    if (context.format === 'terminal' && !context.quiet)
      deliver(context, text('Nichts zurückzunehmen.', 'Nothing to take back.')[context.lang])
    return { code: end(context, outcomeOf('nothing-to-do', null, seen.report)) }
  }
  const refuse = (reason: Text, hint?: Text) => ({
    code: end(context, outcomeOf('refused', reason, seen.report), hint),
  })
  const { about } = one
  if (about === null)
    return refuse(
      text(`Was ${one.id} getan hat, ist nicht mehr zu lesen`, `What ${one.id} did can no longer be read`),
      text(
        `Auf dem Server: sh /var/lib/riegel/${one.id}/undo.sh`,
        `On the server: sh /var/lib/riegel/${one.id}/undo.sh`,
      ),
    )
  const other = about.securityKey === undefined ? null : await otherKey(context, seen, about.securityKey)
  if (other === undefined)
    return refuse(
      text(
        'Der Sicherheitsschlüssel geht damit, und ein anderer Schlüssel des Kontos ist hier nicht; danach kämst du nicht mehr hinein',
        'The security key goes with it, and no other key of the account is here; you would not get in afterwards',
      ),
      text('Ihn mit angeben: -i SCHLÜSSEL', 'Name it as well: -i KEY'),
    )
  const drifts: Drift[] = []
  for (const file of one.files.filter(({ changed }) => changed))
    drifts.push(await driftOf(connection.session, one.id, file))
  const plan = undoPlan(connection.name, one, about, drifts)
  const words = printable(undoWords(plan)[context.lang])
  if (options.flag('plan')) {
    const document = context.format === 'json' ? json(plan, 2) : `${words}\ndigest ${plan.digest}`
    deliver(context, document)
    return { code: 0 }
  }
  if (asks(context)) process.stderr.write(`${words}\n`)
  if (context.format === 'terminal')
    for (const { file, wrote, now } of drifts) process.stderr.write(differenceText(file.path, wrote, now, context.lang))
  const drift = driftRefused(context, drifts)
  if (drift) return refuse(drift.reason, drift.hint)
  const no = await consented(context, plan.digest)
  if (no) return refuse(no.reason, no.hint)
  // whatever the old way asks for is here before anything is touched
  const before = await doorBefore(connection.session, one)
  if (asksCodeBefore(before, seen.sections.system?.operator ?? '') && secretGiven(context) === null)
    mustAsk(context, missingCode)
  const key = await keyBack(context, connection, seen, before, other)
  return { one, ...(key && { key }), merges: drifts.flatMap(({ merge }) => merge ?? []) }
}

const takeItBack = async (
  context: Context,
  connection: Connection,
  seen: Survey,
  { one, key, merges }: Ready,
): Promise<number> => {
  const server = connection.server!
  context.hold()
  const steps: OutcomeStep[] = []
  const line = new Waiting(context)
  const coming = text('nimmt zurück', 'taking back')
  const tell = (state: string, words?: Text) => {
    const at = context.now().toISOString()
    steps.push({ state, at, ...(words && { note: words }) })
    if (context.events) emit({ event: 'state', state, at, ...(words && { note: words }) })
    else if (words) {
      line.end()
      note(context, text(`  ${words.de}`, `  ${words.en}`))
      line.begin(coming)
    }
  }
  const sudo: Sudo =
    connection.session.account === 'root'
      ? 'none'
      : connection.sudoPassword === null
        ? 'nopasswd'
        : { password: connection.sudoPassword }
  const work = {
    connection: { ...connection, server },
    seen,
    one,
    merges,
    rules: serverRules,
    lease: leaseOf(context),
    sudo,
    ...(key && { key }),
    now: context.now,
    tell,
  }
  line.begin(coming)
  const result = await takeBack(work).finally(() => line.end())
  const outcome = outcomeOf(result.state, result.reason, seen.report, {
    transaction: one.id,
    after: result.after,
    steps,
  })
  if (context.format === 'terminal') {
    if (result.reason && result.state !== 'refused') process.stderr.write(`${printable(result.reason[context.lang])}\n`)
    if (result.state === 'confirmed') deliver(context, printable(result.says[context.lang]))
  }
  return end(context, outcome, result.hint)
}
