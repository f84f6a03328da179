import { closedTree } from '../apply/scripts.js'
import { contentsScript, digestOf, readContents, readOtherwise } from '../collect/contents.js'
import { readLooks } from '../collect/script.js'
import type { Choices } from '../model/change.js'
import type { Facts, SectionName, SeenSections } from '../model/facts.js'
import { unseen } from '../model/facts.js'
import type { Plan } from '../model/plan.js'
import type { Rule } from '../model/rule.js'
import { pamFile } from '../model/second-factor.js'
import { printableLine } from '../model/shell.js'
import { activeSocket } from '../model/socket.js'
import type { Session } from '../model/target.js'
import { fill, type Text, text } from '../model/text.js'
import { claims, complete, consider, outline, touched } from '../plan/build.js'
import { doubts } from '../plan/doubts/index.js'
import { rules } from '../rules/index.js'
import { type Judged, judgeAll } from '../rules/judge.js'
import { newToken } from '../target/frames.js'
import { type LookOptions, look, sectionScript } from './look.js'
import { type Survey, version } from './survey.js'

export { withoutSystemd } from '../plan/doubts/no-systemd.js'

/** The unit that runs sshd, as far as it was seen: behind a socket it may not run just now. */
export const sshUnit = (sections: SeenSections<SectionName>): string =>
  (sections.sshd && activeSocket(sections.sshd)?.socket.triggers[0]) ??
  sections.sshd?.units.find(unit => unit.name.endsWith('.service') && unit.active === 'active')?.name ??
  'ssh.service'

/** The socket that holds sshd's ports, where one does: for a plan. */
export const sshSocket = ({ sshd }: SeenSections<SectionName>): { readonly socket?: 'ssh.socket' } =>
  sshd && activeSocket(sshd) ? { socket: 'ssh.socket' } : {}

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
  if (!contents) {
    const list = paths.map(printableLine).join(', ')
    return { refuse: text(`Eine dieser Dateien ist zu groß: ${list}`, `One of these files is too large: ${list}`) }
  }
  const odd = readOtherwise(sections.sshd?.files ?? [], contents)
  if (odd !== null) {
    const path = printableLine(odd)
    return {
      refuse: text(
        `${path} enthält jetzt etwas anderes als beim Ansehen eben`,
        `${path} holds other lines now than when it was looked at`,
      ),
    }
  }
  const { refusals, dangers } = consider(doubts, facts, sections, choices, draft.items)
  const plan = complete({
    riegel: version,
    target: facts.target,
    unit: sshUnit(sections),
    ...sshSocket(sections),
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
  return firstUnmet(judgeAll(claimed, facts).filter(one => !onPurpose(plan, one)))
}

/** Does a rule fail only for whom the person left out on purpose, or for what the plan says it leaves open? */
export const onPurpose = ({ choices, leftOpen }: Plan, { finding }: Judged): boolean => {
  const out = [
    ...(finding.rule === 'second-factor/ssh' ? (choices.secondFactor?.except ?? []) : []),
    ...leftOpen.flatMap(({ rule, keys }) => (rule === finding.rule ? (keys ?? []) : [])),
  ]
  return finding.verdict === 'fail' && finding.problems.every(({ key }) => out.includes(key))
}

/** The first verdict that is not a pass, and what it says; null = all pass. */
export const firstUnmet = (judged: readonly Judged[]): Text | null => {
  const bad = judged.find(({ finding }) => ['fail', 'unknown'].includes(finding.verdict))
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
  // what the wire showed was the configuration before
  const sections = { ...before.sections, effective, wire: unseen('not-looked') }
  // only what follows from sshd_config can be told in advance; the rest is read back before confirmation
  const byFiles = (rule: Rule) =>
    plan.steps.every(
      ({ rules, change }) =>
        !rules.includes(rule.id) ||
        ['setting', 'line'].includes(change.kind) ||
        // what PAM will say, sshd does not know
        (change.kind === 'file' && change.path !== pamFile),
    )
  const fromSshd = (rule: Rule) =>
    rule.needs.includes('effective') &&
    byFiles(rule) &&
    !rule.needs.some(name => ['sudo', 'wire', 'listeners', 'loginText'].includes(name))
  return unmet({ ...before, sections }, plan, rule => fromSshd(rule) && rule.id !== 'root/keys-left-behind')
}

/** Reads back, after narrowing: all that the plan claims must pass now. */
export const readBack = async (session: Session, plan: Plan, options: LookOptions): Promise<Text | null> =>
  unmet(await look(session, options), plan)
export { proposePort, wellKnown } from '../plan/ports.js'
