import { after, installing, split } from '../apply/scripts.js'
import { type Ending, transact } from '../apply/transaction.js'
import type { About } from '../model/about.js'
import type { OperatorFacts, WireFacts } from '../model/facts.js'
import { shutsOutAfter } from '../model/logins.js'
import type { Item, Plan, Step } from '../model/plan.js'
import type { Report } from '../model/report.js'
import type { Rule, RuleId } from '../model/rule.js'
import { isAskingForCode, sshdAsksForCode } from '../model/second-factor.js'
import { needsSecurityKey } from '../model/security-key.js'
import { Lost, type Session } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { claims } from '../plan/build.js'
import type { Judged } from '../rules/judge.js'
import type { Sudo, Way } from '../target/proof.js'
import { familiesOf, silent } from '../target/reach.js'
import type { Server } from '../target/ssh.js'
import { onPurpose, predict, readBack } from './planning.js'
import { type Survey, survey, version } from './survey.js'

/** Waits for cloud-init, at most ten minutes. */
export const waitForCloudInit = async (session: Session): Promise<void> => {
  await session.run('timeout 600 cloud-init status --wait >/dev/null 2>&1; true', { timeoutMs: 620_000 })
}

/** What must be installed before anything is staged (sudo where it is missing). Null, or why it failed. */
export const installBefore = async (session: Session, plan: Plan): Promise<Text | null> => {
  for (const [item] of split(plan).before) {
    if (item.kind !== 'package') continue
    const done = await session.run(installing(item.name), { timeoutMs: 600_000 })
    if (done.status !== 0)
      return text(`${item.name} ließ sich nicht installieren`, `${item.name} could not be installed`)
  }
  return null
}

export interface CarryOut {
  readonly connection: {
    readonly name: string
    readonly session: Session
    readonly server: Server
    readonly operator: OperatorFacts | null
    code(): Promise<string>
  }
  readonly seen: Survey
  readonly plan: Plan
  readonly rules: readonly Rule[]
  readonly id: string
  readonly lease: number
  /** how long login and look took: what proofs are given follows from it */
  readonly loginMs: number
  readonly secret: string
  readonly sudo: Sudo
  readonly identity: string
  readonly fingerprint: string
  readonly passphrase?: string
  /** the key is kept by a security key: each login takes a touch */
  readonly touched?: boolean
  /** other keys of the account, which must be refused in the end */
  readonly shut?: readonly { readonly path: string; readonly fingerprint: string }[]
  /** codes of a second factor that is only being set up; else the connection's, where sshd asks for one */
  readonly code?: () => Promise<string>
  readonly proveAlso: readonly string[]
  readonly stop: AbortSignal
  now(): Date
  event(state: string, note?: Text): void
}

export interface Result {
  readonly ending: Ending
  readonly after: Report | null
  /** why rules stay open, by id */
  readonly reasons: ReadonlyMap<RuleId, Text>
}

/** The plan through the transaction, then what comes after the door, each on its own, then the same look once more. */
export const carryOut = async (work: CarryOut): Promise<Result> => {
  const { connection, plan, seen, id } = work
  const { server, session } = connection
  const { account } = plan.choices
  const way: Way = {
    user: account.name,
    port: plan.ports.after[0]!,
    identity: { path: work.identity, fingerprint: work.fingerprint },
    ...(work.passphrase !== undefined && { passphrase: work.passphrase }),
    ...(work.touched && { touched: true }),
    ...codeFor(work, account.name),
  }
  const jail = seen.sections.guessGuard?.fail2ban
  const spared = jail?.jail?.ignore.includes(plan.choices.operatorAddress) === true
  const port = String(plan.ports.after[0])
  const lookOptions = (wire: WireFacts | null) => ({
    target: connection.name,
    occasion: 'harden' as const,
    operator: connection.operator,
    now: work.now(),
    ...(wire && { wire }),
    // the session came over the old port; what Match blocks are asked is the new one
    variables: { RIEGEL_CONNECTION: connectionLine(seen, port) },
  })
  const ending = await transact({
    server,
    session,
    plan,
    // a step or a look must fit under it, as long as they take on this server
    terms: { id, lease: Math.max(work.lease, Math.ceil(work.loginMs / 250)), limit: 1800, about: aboutOf(work) },
    secret: work.secret,
    way,
    sudo: work.sudo,
    shut: (work.shut ?? []).map(identity => ({ user: account.name, port: way.port, identity })),
    families: await familiesOf(server),
    rootAccepted: session.account === 'root' && session.acceptedKey === work.fingerprint,
    // two are tried on purpose: root, and a password
    mayFail:
      !(jail?.active === true && (jail.jail?.maxRetry ?? 5) <= 3 && !spared) &&
      !(seen.sections.effective && shutsOutAfter(seen.sections.effective, 2)),
    patience: Math.min(90_000, Math.max(60_000, work.loginMs * 4)),
    stop: work.stop,
    predict: () => predict(session, seen.facts, plan, id),
    verify: wire => readBack(session, plan, lookOptions(wire)),
    alsoAnswers: () => silent(work.proveAlso),
    event: work.event,
  })
  const reasons = new Map(plan.leftOpen.map(({ rule, because }) => [rule, because]))
  if (ending.state !== 'confirmed') return { ending, after: null, reasons }
  for (const port of plan.ports.after) server.rememberPort(port)
  for (const [rule, because] of await afterwards(work)) reasons.set(rule, because)
  try {
    const after = await survey(session, lookOptions(ending.wire), work.rules)
    const claimed = claims(plan)
    const lost = after.judged.find(
      one => one.finding.verdict === 'fail' && claimed.includes(one.finding.rule) && !onPurpose(plan, one),
    )
    if (lost) return { ending: { ...ending, ...undoneSince(lost) }, after: after.report, reasons }
    return { ending, after: after.report, reasons }
  } catch (error) {
    if (!(error instanceof Lost)) throw error
    const note = text(
      'Der Vorgang ist bestätigt; für die Prüfung danach fehlte die Verbindung. Nachholen: riegel audit',
      'It is confirmed; for the look afterwards the connection was gone. riegel audit makes up for it.',
    )
    return { ending: { ...ending, notes: [...ending.notes, note] }, after: null, reasons }
  }
}

/** What was read back before it was confirmed, and does not hold any more a moment later. */
const undoneSince = ({ finding }: Judged): Pick<Ending, 'state' | 'reason' | 'hint'> => {
  const what = finding.problems[0]?.text ?? finding.title
  return {
    state: 'unknown',
    reason: text(
      `Bestätigt, aber gleich danach hat etwas auf dem Server es wieder geändert (${finding.rule}): ${what.de}`,
      `Confirmed, but right afterwards something on the server changed it again (${finding.rule}): ${what.en}`,
    ),
    hint: text(
      'Ein Zeitgeber oder eine Verwaltung schreibt dort zurück (systemctl list-timers, crontab -l). Erst das klären, dann noch einmal',
      'A timer or a management tool writes back there (systemctl list-timers, crontab -l). Settle that first, then again',
    ),
  }
}

export const connectionLine = ({ sections }: Survey, port: string): string => {
  const { connection } = sections.system
  return connection ? [connection.clientAddress, connection.clientPort, connection.serverAddress, port].join(' ') : ''
}

/** Packages and what they need, rule by rule; one that fails leaves its rule open with the reason. */
const afterwards = async (work: CarryOut): Promise<Map<RuleId, Text>> => {
  const { plan, id } = work
  const failed = new Map<RuleId, Text>()
  for (const [item, index] of split(plan).after) {
    const own = plan.steps.filter(step => belongs(step, item))
    if (own.length > 0 && own.every(step => step.rules.every(rule => failed.has(rule)))) continue
    const what =
      item.kind === 'package' ? item.name : item.kind === 'service' ? item.unit : 'path' in item ? item.path : item.kind
    const done = await work.connection.session
      .run(after(id, index, item), { timeoutMs: 600_000 })
      .catch(() => ({ status: 75, output: '' }))
    const note = done.status === 0 ? text(what, what) : text(`${what}: fehlgeschlagen`, `${what}: did not work`)
    work.event('after', note)
    if (done.status === 0) continue
    const because = text(`${what} ließ sich nicht einrichten`, `${what} could not be set up`)
    for (const rule of own.flatMap(step => step.rules)) failed.set(rule, because)
  }
  return failed
}

/** The codes for proofs, where sshd asks this account for one, or will by this plan. */
export const codeFor = (
  { code, connection, seen, plan }: Pick<CarryOut, 'code' | 'connection' | 'seen'> & { readonly plan?: Plan },
  name: string,
): { readonly code?: () => Promise<string> } => {
  const { effective } = seen.sections
  if (code) return { code }
  // a Match of its own asks it for its security key instead
  if (effective && needsSecurityKey(effective, name)) return {}
  const asks = (effective && sshdAsksForCode(effective, name)) || plan?.steps.some(step => isAskingForCode(step.change))
  return asks ? { code: () => connection.code() } : {}
}

const belongs = ({ change }: Step, item: Item): boolean =>
  item.kind === 'file' ? change.kind === 'file' && change.path === item.path : change === item

/** What history shows and undo starts from: no secret in it. */
const aboutOf = ({ plan, id, now, connection, fingerprint }: CarryOut): string => {
  const { choices } = plan
  const about: About = {
    schema: 'riegel.about/1',
    id,
    riegel: version,
    at: now().toISOString(),
    by: choices.operator,
    from: choices.operatorAddress,
    method: connection.session.method ?? '',
    account: choices.account.name,
    made: plan.items.some(item => item.kind === 'account-create'),
    ports: plan.ports,
    rules: [...new Set(plan.steps.flatMap(step => step.rules))],
    files: plan.files.map(file => file.path),
    ...(choices.secondFactor?.by === 'security-key' &&
      plan.items.some(item => item.kind === 'account-keys') && { securityKey: fingerprint }),
  }
  return JSON.stringify(about, null, 1)
}
