import { createHash } from 'node:crypto'
import { adminChanges } from '../model/admin.js'
import type { Choices, Danger } from '../model/change.js'
import type { Facts, SectionName, SeenSections } from '../model/facts.js'
import type { Item, Plan, Step, TouchedFile } from '../model/plan.js'
import { movePort } from '../model/ports.js'
import type { Rule, RuleId } from '../model/rule.js'
import { allowKeyAlone } from '../model/second-factor.js'
import { allowEveryKey, requireSecurityKey } from '../model/security-key.js'
import { type Text, text } from '../model/text.js'
import type { Doubt } from './doubt.js'
import { type Draft, draft, type Wanted } from './draft.js'

export interface Ask {
  readonly wanted: readonly Wanted[]
  readonly facts: Facts
  readonly sections: SeenSections<SectionName>
  readonly choices: Choices
  /** all rules that may be asked for a fix, by id */
  readonly rules: ReadonlyMap<RuleId, Rule>
}

/** Rules that follow from others: what shutting root out leaves behind. */
const following = ({ wanted, sections, rules }: Ask): Wanted[] => {
  const shutsRoot = wanted.some(one => one.rule.id === 'root/ssh-login')
  const left = rules.get('root/keys-left-behind')
  const has = wanted.some(one => one.rule.id === 'root/keys-left-behind')
  const keys = sections.loginKeys?.keys.some(key => key.account === 'root') ?? false
  return shutsRoot && left && !has && keys ? [{ rule: left, problems: [] }] : []
}

/** The account the person chose, where no rule asked for it: one that others would have done as well. */
const chosenAccount = ({ wanted, sections, choices, rules }: Ask): Step[] | { refuse: Text } => {
  const admin = rules.get('root/no-ordinary-admin')
  if (!admin || choices.account.name === 'root' || wanted.some(one => one.rule === admin)) return []
  const changes = adminChanges(choices, sections)
  if ('refuse' in changes) return changes
  return changes.map(change => ({ change, rules: [admin.id], says: admin.does ?? admin.title }))
}

/** The port the person named, where no rule asked to leave the present one. */
const chosenPort = ({ wanted, sections, choices, rules }: Ask): Step[] => {
  const mover = rules.get('ports/ssh-default-port')
  const asked = wanted.some(one => one.rule.id.startsWith('ports/ssh-'))
  if (!mover || asked || choices.newPort === 'keep') return []
  const changes = movePort(sections, choices)
  return 'refuse' in changes
    ? []
    : changes.map(change => ({ change, rules: [mover.id], says: mover.does ?? mover.title }))
}

/** Who demands a security key, or no longer does: whatever a rule found, it is one account that is meant. */
const securityKey = (sections: SeenSections<SectionName>, choices: Choices, asker: Rule): Step[] | { refuse: Text } => {
  const on = (choices.secondFactor?.accounts.length ?? 0) > 0
  const changes = on ? requireSecurityKey(sections, choices) : allowEveryKey(sections, choices)
  if ('refuse' in changes) return changes
  const says = on
    ? text(
        'zum Anmelden braucht es künftig den Sicherheitsschlüssel und seine PIN',
        'logging in takes the security key and its PIN',
      )
    : text('zum Anmelden genügt jeder eingetragene Schlüssel', 'any authorized key does')
  return changes.map(change => ({ change, rules: on ? [asker.id] : [], says }))
}

/** A second factor that is set up anew where one is asked for already: another phone. */
const chosenFactor = ({ wanted, sections, choices, rules }: Ask): Step[] | { refuse: Text } => {
  const asker = rules.get('second-factor/ssh')
  if (!asker || !choices.secondFactor) return []
  if (choices.secondFactor.by === 'security-key') return securityKey(sections, choices, asker)
  if (choices.secondFactor.accounts.length === 0)
    return allowKeyAlone(sections).map(change => ({
      change,
      rules: [],
      says: text('zum Anmelden genügt der Schlüssel', 'a key alone does'),
    }))
  if (wanted.some(one => one.rule === asker)) return []
  const changes = asker.fix?.(sections, [], choices) ?? []
  if ('refuse' in changes) return changes
  return ('leaves' in changes ? changes.changes : changes)
    .filter(change => change.kind === 'second-factor')
    .map(change => ({ change, rules: [asker.id], says: asker.does ?? asker.title }))
}

/** Findings and choices to steps and items. Pure. Throws Conflict where two rules want different things of one place. */
export const outline = (ask: Ask): Draft | { readonly refuse: Text } => {
  const also = chosenAccount(ask)
  if ('refuse' in also) return also
  const factor = chosenFactor(ask)
  if ('refuse' in factor) return factor
  // what the code would ask for is not wanted where a security key stands in for it
  const wanted = ask.wanted.filter(
    ({ rule }) => ask.choices.secondFactor?.by !== 'security-key' || rule.id !== 'second-factor/ssh',
  )
  return draft([...wanted, ...following(ask)], ask.sections, ask.choices, [...also, ...chosenPort(ask), ...factor])
}

/** Rules whose fix lies in the guarded part: they must pass before anything is confirmed. */
export const claims = (plan: Pick<Plan, 'steps'>): RuleId[] => [
  ...new Set(plan.steps.filter(step => step.change.stage !== 'after').flatMap(step => step.rules)),
]

/** The files a plan touches, whose state it must know. */
export const touched = (items: readonly Item[]): string[] =>
  items.flatMap(item => (item.kind === 'file' ? [item.path] : []))

export interface Considered {
  readonly refusals: readonly { readonly refuse: Text; readonly hint: Text }[]
  readonly dangers: readonly Danger[]
}

/** Every doubt about this server and this plan. A doubt that lacks what it must see refuses: what cannot be shown is no hope. */
export const consider = (
  doubts: readonly Doubt[],
  facts: Facts,
  sections: SeenSections<SectionName>,
  choices: Choices,
  items: readonly Item[],
): Considered => {
  const refusals: { refuse: Text; hint: Text }[] = []
  const dangers: Danger[] = []
  for (const doubt of doubts) {
    const dark = doubt.needs.find(name => !facts.sections[name].seen)
    if (dark !== undefined) {
      // where the port stays, nothing is asked of a firewall; a new one is proven for today, not for the next boot
      if (dark === 'firewall' && choices.newPort === 'keep') continue
      refusals.push({
        refuse: text(`${dark} ließ sich nicht ansehen (${doubt.id})`, `${dark} could not be looked at (${doubt.id})`),
        hint: text('riegel audit --verbose nennt den Grund', 'riegel audit --verbose names the reason'),
      })
      continue
    }
    const answer = doubt.consider({ facts: sections, choices, items })
    if (answer === null) continue
    if ('danger' in answer) dangers.push(answer.danger)
    else refusals.push(answer)
  }
  return { refusals, dangers }
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

/** Puts the plan together and gives it its digest: choices, steps and files, never a time or a secret. */
export const complete = (about: {
  readonly riegel: string
  readonly target: string
  readonly unit: string
  readonly socket?: string
  readonly choices: Choices
  readonly draft: Draft
  readonly files: readonly TouchedFile[]
  readonly dangers: readonly Danger[]
}): Plan => {
  const { riegel, target, unit, socket, choices } = about
  const { steps, items, leftOpen } = about.draft
  const files = about.files
  const { operatorAddress: _, allow: __, ...decided } = choices
  // what a fix leaves of its rule is agreed to as well
  const left = leftOpen.flatMap(({ rule, keys }) => (keys === undefined ? [] : [{ rule, keys }]))
  const more = { ...(socket !== undefined && { socket }), ...(left.length > 0 && { left }) }
  const digest = createHash('sha256')
    .update(canonical({ decided, steps, items, files, unit, ...more }))
    .digest('hex')
  return {
    schema: 'riegel.plan/1',
    riegel,
    target,
    choices,
    steps,
    items,
    files,
    leftOpen,
    dangers: about.dangers,
    ports: choices.ports,
    unit,
    ...(socket !== undefined && { socket }),
    digest,
  }
}
