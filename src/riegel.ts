import { after, closedTree, installing, split } from './apply/scripts.js'
import { type Ending, transact } from './apply/transaction.js'
import { contentsScript, digestOf, readContents } from './collect/contents.js'
import { lookScript, nothingSeen, type Occasion, readLooks } from './collect/script.js'
import type { About } from './model/about.js'
import { basicIds } from './model/basics.js'
import type { Choices } from './model/change.js'
import type { Facts, OperatorFacts, SectionName, SeenSections, WireFacts } from './model/facts.js'
import { seen } from './model/facts.js'
import type { Item, Plan, Step } from './model/plan.js'
import type { BasicState, Finding, Report } from './model/report.js'
import type { Rule, RuleId } from './model/rule.js'
import { quote } from './model/shell.js'
import type { Session } from './model/target.js'
import { fill, type Text, text } from './model/text.js'
import { claims, complete, consider, outline, touched } from './plan/build.js'
import { doubts } from './plan/doubts/index.js'
import { rules } from './rules/index.js'
import { areas, type Judged, judgeAll, seenSections } from './rules/judge.js'
import { newToken } from './target/frames.js'
import type { Sudo, Way } from './target/proof.js'
import { familiesOf, silent } from './target/reach.js'
import type { Server } from './target/ssh.js'

export const version = '0.1.0'

export interface LookOptions {
  readonly target: string
  readonly occasion: Occasion
  readonly operator: OperatorFacts | null
  readonly now: Date
  /** what the wire showed, where a fresh connection is newer than the session's own */
  readonly wire?: WireFacts
  /** lines in front of the script: what a hypothetical look needs to know */
  readonly variables?: Readonly<Record<string, string>>
}

/** The script of one look, exactly as it is sent (`--show-script`). */
export const scriptOf = (token: string, occasion: Occasion, variables: Readonly<Record<string, string>> = {}): string =>
  `${exports(variables)}${lookScript(token, occasion)}`

/** The same for a single look. */
const sectionScript = (token: string, section: SectionName, variables: Readonly<Record<string, string>>): string =>
  `${exports(variables)}${lookScript(token, 'harden', section)}`

const exports = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('')

/** Looks at a target: one script, one round trip. A section that cannot be seen says why. Throws Lost. */
export const look = async (session: Session, options: LookOptions): Promise<Facts> => {
  const started = performance.now()
  const token = newToken()
  const { output } = await session.run(scriptOf(token, options.occasion, options.variables), { timeoutMs: 120_000 })
  const wire = options.wire ?? session.wire
  return {
    schema: 'riegel.facts/1',
    riegel: version,
    target: options.target,
    takenAt: options.now.toISOString(),
    durationMs: Math.round(performance.now() - started),
    sections: {
      ...nothingSeen(),
      ...readLooks(token, output),
      ...(wire && { wire: seen(wire) }),
      ...(options.operator && { operator: seen(options.operator) }),
    },
  }
}

const basicStates = (findings: readonly Finding[], rules: readonly Rule[]): BasicState[] =>
  basicIds.flatMap(basic => {
    const own = findings.filter(finding => finding.basic === basic)
    if (own.length === 0) return []
    const state = own.some(f => f.verdict === 'fail')
      ? 'unmet'
      : own.some(f => f.verdict === 'unknown')
        ? 'unknown'
        : 'met'
    const needs = rules.filter(rule => rule.id.startsWith(`${basic}/`)).flatMap(rule => rule.needs)
    return [{ basic, state, looked: [...new Set(needs)] }]
  })

/** Facts to the one document, and to what a plan needs. Pure. */
export const assess = (facts: Facts, rules: readonly Rule[]): { report: Report; judged: Judged[] } => {
  const judged = judgeAll(rules, facts)
  const findings = judged.map(one => one.finding)
  const count = (verdict: Finding['verdict']) => findings.filter(f => f.verdict === verdict).length
  const { system } = facts.sections
  return {
    judged,
    report: {
      schema: 'riegel.report/1',
      riegel: version,
      target: {
        name: facts.target,
        os: system.seen ? system.value.os : '',
        osVersion: system.seen ? system.value.osVersion : '',
        address: (system.seen && system.value.connection?.serverAddress) || '',
      },
      lookedAs: {
        account: system.seen ? system.value.operator : '',
        root: system.seen && system.value.uid === 0,
      },
      takenAt: facts.takenAt,
      durationMs: facts.durationMs,
      basics: basicStates(findings, rules),
      findings,
      summary: {
        pass: count('pass'),
        fail: count('fail'),
        unknown: count('unknown'),
        notApplicable: count('not-applicable'),
      },
    },
  }
}

/** Every rule there is, in order. */
export const ruleList: readonly Rule[] = rules

export { areas }

/** The rules that `--only` and `--skip` leave: ids, or a basic's name for all of its rules. */
export const select = (only: readonly string[], skip: readonly string[]): readonly Rule[] => {
  const names = (words: readonly string[]) => (rule: Rule) =>
    words.some(word => rule.id === word || rule.id.startsWith(`${word}/`))
  return rules.filter(rule => (only.length === 0 || names(only)(rule)) && !names(skip)(rule))
}

/** What harden starts from: facts, verdicts, and what they leave to be repaired. */
export interface Survey {
  readonly facts: Facts
  readonly sections: SeenSections<SectionName>
  readonly judged: readonly Judged[]
  readonly report: Report
}

export const survey = async (session: Session, options: LookOptions, chosen: readonly Rule[]): Promise<Survey> => {
  const facts = await look(session, options)
  return { facts, sections: seenSections(facts), ...assess(facts, chosen) }
}

/** The unit that runs sshd, as far as it was seen. */
export const sshUnit = (sections: SeenSections<SectionName>): string =>
  sections.sshd?.units.find(unit => unit.name.endsWith('.service') && unit.active === 'active')?.name ?? 'ssh.service'

export interface Drawn {
  readonly plan: Plan
  readonly refusals: readonly { readonly refuse: Text; readonly hint: Text }[]
  /** what the touched files hold now, for the diff */
  readonly contents: ReadonlyMap<string, Buffer | null>
}

/** From a survey and the person's choices to a plan: steps merged, doubts considered, digests taken. Throws Conflict, Lost. */
export const drawPlan = async (
  session: Session,
  { facts, sections, judged }: Survey,
  choices: Choices,
  chosen: readonly Rule[],
): Promise<Drawn | { readonly refuse: Text }> => {
  const wanted = judged.filter(one => one.finding.verdict === 'fail')
  const draft = outline({ wanted, facts, sections, choices, rules: new Map(chosen.map(rule => [rule.id, rule])) })
  if ('refuse' in draft) return draft
  const paths = touched(draft.items)
  const token = newToken()
  const answer = await session.run(contentsScript(token, paths), { timeoutMs: 30_000 })
  const contents = readContents(token, paths, answer.output)
  if (!contents) return { refuse: text('Eine Datei ist zu groß', 'A file is too large') }
  const { refusals, dangers } = consider(doubts, facts, sections, choices, draft.items)
  const plan = complete({
    riegel: version,
    target: facts.target,
    unit: sshUnit(sections),
    choices,
    draft,
    files: paths.map(path => ({ path, digest: digestOf(contents.get(path)) })),
    dangers,
  })
  return { plan, refusals, contents }
}

/** The first rule the plan claims to repair that does not pass in these facts, and what it says; null = all pass. */
const unmet = (facts: Facts, plan: Plan, only?: (rule: Rule) => boolean): Text | null => {
  const claimed = claims(plan)
    .flatMap(id => rules.find(rule => rule.id === id) ?? [])
    .filter(rule => only?.(rule) ?? true)
  const bad = judgeAll(claimed, facts).find(({ finding }) => ['fail', 'unknown'].includes(finding.verdict))
  if (!bad) return null
  const what = bad.finding.problems[0]?.text ?? bad.finding.because ?? bad.finding.title
  return fill(text('{rule} wäre danach nicht erfüllt: {what}', '{rule} would not be met then: {what}'), {
    rule: bad.finding.rule,
    what,
  })
}

/** Would the staged configuration satisfy what the plan claims of sshd? Asks sshd itself about the tree as it will be. */
export const predict = async (session: Session, before: Facts, plan: Plan, id: string): Promise<Text | null> => {
  const token = newToken()
  const variables = { RIEGEL_SSHD_CONFIG: closedTree(id), RIEGEL_NEW_ACCOUNT: plan.choices.account.name }
  const { output } = await session.run(sectionScript(token, 'effective', variables), { timeoutMs: 60_000 })
  const { effective } = readLooks(token, output)
  const sections = { ...before.sections, effective }
  // only what follows from sshd_config can be told in advance; the rest is read back before confirmation
  const fromSshd = (rule: Rule) =>
    rule.needs.includes('effective') && !rule.needs.some(name => ['sudo', 'wire', 'listeners'].includes(name))
  return unmet({ ...before, sections }, plan, rule => fromSshd(rule) && rule.id !== 'root/keys-left-behind')
}

/** Reads back, after narrowing: all that the plan claims must pass now. */
export const readBack = async (session: Session, plan: Plan, options: LookOptions): Promise<Text | null> =>
  unmet(await look(session, options), plan)

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
    identity: { path: work.identity },
    ...(work.passphrase !== undefined && { passphrase: work.passphrase }),
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
    terms: { id, lease: work.lease, limit: 1800, about: aboutOf(work) },
    secret: work.secret,
    way,
    sudo: work.sudo,
    families: await familiesOf(server),
    rootAccepted: session.account === 'root' && session.acceptedKey === work.fingerprint,
    mayFail: !(jail?.active === true && (jail.jail?.maxRetry ?? 5) <= 3 && !spared),
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
  const after = await survey(session, lookOptions(ending.wire), work.rules)
  return { ending, after: after.report, reasons }
}

const connectionLine = ({ sections }: Survey, port: string): string => {
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
    const note = done.status === 0 ? text(what, what) : text(`${what}: ging nicht`, `${what}: did not work`)
    work.event('after', note)
    if (done.status === 0) continue
    const because = text(`${what} ließ sich nicht einrichten`, `${what} could not be set up`)
    for (const rule of own.flatMap(step => step.rules)) failed.set(rule, because)
  }
  return failed
}

const belongs = ({ change }: Step, item: Item): boolean =>
  item.kind === 'file' ? change.kind === 'file' && change.path === item.path : change === item

/** What history shows and undo starts from: no secret in it. */
const aboutOf = ({ plan, id, now, connection }: CarryOut): string => {
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
  }
  return JSON.stringify(about, null, 1)
}
