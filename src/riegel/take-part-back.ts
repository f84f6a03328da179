import { createHash } from 'node:crypto'
import { kept, type Listed, readKept, unmerged } from '../apply/scripts.js'
import { type Ending, transact } from '../apply/transaction.js'
import { digestOf } from '../collect/contents.js'
import type { About } from '../model/about.js'
import type { WireFacts } from '../model/facts.js'
import { sshdPorts } from '../model/logins.js'
import type { Plan } from '../model/plan.js'
import type { Report } from '../model/report.js'
import type { RuleId } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { Lost, type Session } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { type Tangled, type Without, without } from '../plan/without.js'
import { readSteps } from '../report/schemas.js'
import { newToken } from '../target/frames.js'
import type { Sudo } from '../target/proof.js'
import { familiesOf } from '../target/reach.js'
import { type CarryOut, codeFor, connectionLine } from './carry-out.js'
import { firstUnmet, sshSocket, sshUnit } from './planning.js'
import { type Survey, serverRules, survey, version } from './survey.js'

/** Some rules of a transaction, taken back: a transaction of its own, whose plan is the state without them. */
export interface PartDrawn {
  readonly plan: Plan
  readonly rules: readonly RuleId[]
  readonly stays: readonly Text[]
  /** what the touched files hold now, for the diff */
  readonly contents: ReadonlyMap<string, string | null>
}

/** From what a transaction kept to the plan that leaves some of its rules out. Throws Lost. */
export const drawPart = async (
  session: Session,
  seen: Survey,
  { id, about }: Listed,
  rules: readonly RuleId[],
): Promise<PartDrawn | { readonly refuse: Text; readonly hint?: Text } | Tangled> => {
  const token = newToken()
  const { status, output } = await session.run(kept(token, id), { timeoutMs: 60_000 })
  const whole = text(`Nur ganz: riegel undo ZIEL ${id}`, `Only as a whole: riegel undo TARGET ${id}`)
  if (status === unmerged.old)
    return {
      refuse: text(
        `${id} ist von einem älteren Riegel, das sich nicht merkte, welche Regel was änderte`,
        `${id} is an older Riegel's, which did not keep which rule changed what`,
      ),
      hint: whole,
    }
  const answer = status === 0 ? readKept(token, output) : null
  const steps = answer && readSteps(answer.steps)
  if (!answer || !steps)
    return {
      refuse: text(`Was ${id} getan hat, ist nicht mehr zu lesen`, `What ${id} did can no longer be read`),
      hint: whole,
    }
  const words = (content: Buffer | null) => content?.toString('utf8') ?? null
  const files = new Map(
    [...answer.files].map(([path, { before, wrote, now }]) => [
      path,
      { before: words(before), wrote: words(wrote), now: words(now) },
    ]),
  )
  const { listeners, sshd, system } = seen.sections
  if (!listeners || !sshd || !system)
    return { refuse: text('Wo sshd lauscht, ließ sich nicht ansehen', 'Where sshd listens could not be seen') }
  const now = sshdPorts(listeners, sshd)
  let found: Without | { readonly refuse: Text } | Tangled
  try {
    found = without({ id, steps, files, modes: answer.modes, ports: about!.ports }, rules)
  } catch {
    // it was one plan once; where its parts contradict each other somebody else wrote them
    return {
      refuse: text(`Was ${id} getan hat, passt nicht zusammen`, `What ${id} did does not fit together`),
      hint: whole,
    }
  }
  if ('refuse' in found) return { ...found, hint: whole }
  if ('tangled' in found) return found
  const { items, ports } = found
  if (ports && about!.ports.after.some(port => !now.includes(port)))
    return {
      refuse: text('sshd lauscht inzwischen auf anderen Ports', 'sshd listens on other ports by now'),
      hint: text('Spätere Vorgänge zuerst: riegel history', 'Later transactions first: riegel history'),
    }
  const touched = items.flatMap(item => (item.kind === 'file' ? [item.path] : []))
  const contents = new Map(touched.map(path => [path, files.get(path)?.now ?? null]))
  const digests = touched.map(path => ({ path, digest: digestOf(answer.files.get(path)?.now) }))
  const moved = { before: now, after: ports ?? now }
  const covered = JSON.stringify({ id, rules, items, digests, moved })
  const plan: Plan = {
    schema: 'riegel.plan/1',
    riegel: version,
    target: seen.facts.target,
    choices: {
      account: { name: session.account, exists: true, home: '', keyFile: '' },
      keys: [],
      newPort: ports?.[0] ?? 'keep',
      sudo: 'unchanged',
      operator: session.account,
      operatorAddress: system.connection?.clientAddress ?? '',
      agentKeys: 0,
      ports: moved,
      allow: [],
    },
    // no rule wants these: they are what is left where it does not
    steps: [],
    items,
    files: digests,
    leftOpen: [],
    dangers: [],
    ports: moved,
    unit: sshUnit(seen.sections),
    ...sshSocket(seen.sections),
    digest: createHash('sha256').update(covered).digest('hex'),
  }
  return { plan, rules, stays: found.stays, contents }
}

export interface TakePartBack
  extends Pick<CarryOut, 'connection' | 'seen' | 'id' | 'lease' | 'loginMs' | 'stop' | 'now' | 'event'> {
  readonly one: Listed
  readonly drawn: PartDrawn
  readonly sudo: Sudo
}

/** Through the same transaction as harden: guarded, proven by fresh logins, all else of what was hardened read back. */
export const takePartBack = async (
  work: TakePartBack,
): Promise<{ readonly ending: Ending; readonly after: Report | null }> => {
  const { connection, drawn, id, one, seen } = work
  const { server, session } = connection
  const { plan, rules } = drawn
  const about: About = {
    ...one.about!,
    id,
    riegel: version,
    at: work.now().toISOString(),
    by: session.account,
    from: plan.choices.operatorAddress,
    method: session.method ?? '',
    account: session.account,
    made: false,
    ports: plan.ports,
    rules,
    files: plan.files.map(({ path }) => path),
    takesBack: one.id,
  }
  const options = (wire: WireFacts | null) => ({
    target: connection.name,
    occasion: 'harden' as const,
    operator: connection.operator,
    now: work.now(),
    ...(wire && { wire }),
    variables: { RIEGEL_CONNECTION: connectionLine(seen, String(plan.ports.after[0])) },
  })
  const stay = serverRules.filter(
    ({ id: rule }) =>
      one.about!.rules.includes(rule) &&
      !rules.includes(rule) &&
      seen.judged.some(({ finding }) => finding.rule === rule && finding.verdict === 'pass'),
  )
  const ending = await transact({
    server,
    session,
    plan,
    terms: {
      id,
      lease: Math.max(work.lease, Math.ceil(work.loginMs / 250)),
      limit: 1800,
      about: JSON.stringify(about, null, 1),
    },
    secret: '',
    way: { user: session.account, port: plan.ports.after[0]!, identity: 'own', ...codeFor(work, session.account) },
    sudo: work.sudo,
    shut: [],
    families: await familiesOf(server),
    // what opens again is not tried for being shut
    rootAccepted: false,
    mayFail: false,
    patience: Math.min(90_000, Math.max(60_000, work.loginMs * 4)),
    stop: work.stop,
    predict: async () => null,
    verify: async wire => firstUnmet((await survey(session, options(wire), stay)).judged),
    alsoAnswers: async () => null,
    event: work.event,
  })
  if (ending.state !== 'confirmed') return { ending, after: null }
  for (const port of plan.ports.after) server.rememberPort(port)
  const after = await survey(session, options(ending.wire), serverRules).catch(error => {
    if (error instanceof Lost) return null
    throw error
  })
  return { ending, after: after?.report ?? null }
}

/** The file in which somebody changed what would have to go, and what of it is known. */
export const tangledReason = ({ tangled }: Tangled): Text =>
  text(
    `${printableLine(tangled)} wurde seither so geändert, dass sich die Zeilen dieser Regel nicht mehr herauslösen lassen`,
    `${printableLine(tangled)} was changed since in such a way that the lines of this rule cannot be told apart`,
  )
