import type { Basic } from './basics.js'
import type { Change, Choices } from './change.js'
import type { OperatorFacts, SectionName, SeenSections } from './facts.js'
import type { Text, Values } from './text.js'

export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

export type RuleId = `${Basic}/${string}`

/** One thing that is wrong. `key` is stable (an account, a port, a path), so that reports can be compared. */
export interface Problem {
  readonly key: string
  readonly values?: Values
  readonly where?: { readonly file: string; readonly line?: number }
}

export type Verdict =
  | { readonly verdict: 'pass' }
  | { readonly verdict: 'fail'; readonly problems: readonly [Problem, ...Problem[]] }
  | { readonly verdict: 'not-applicable'; readonly because: Text }
  | { readonly verdict: 'unknown'; readonly because: Text }

export const pass: Verdict = { verdict: 'pass' }
export const notApplicable = (because: Text): Verdict => ({ verdict: 'not-applicable', because })
export const unknown = (because: Text): Verdict => ({ verdict: 'unknown', because })
/** The same where something may have stayed hidden: what was found fails, but nothing found is no pass. */
export const judgeUnless = (problems: readonly Problem[], hidden: Text | null): Verdict =>
  problems.length === 0 && hidden !== null ? unknown(hidden) : judge(problems)

/** No problems is a pass: the usual end of an `evaluate`. */
export const judge = (problems: readonly Problem[]): Verdict => {
  const [first, ...rest] = problems
  return first === undefined ? pass : { verdict: 'fail', problems: [first, ...rest] }
}

/** Thrown on the way to a verdict where what it rests on was not seen: it becomes unknown, with this reason. */
export class Dark extends Error {
  readonly because: Text
  constructor(because: Text) {
    super(because.en)
    this.because = because
  }
}

/** A rule asked of the operator's own key files alone, by `riegel key`: with other words where it is another question. */
export interface OnOwnKeys {
  readonly title?: Text
  readonly problem?: Text
  readonly why?: Text
  evaluate(operator: OperatorFacts): Verdict
}

interface RuleBase<N extends SectionName> {
  /** equals the file's path below src/rules; a noun in the failing state; never renamed */
  readonly id: RuleId
  readonly severity: Severity
  /** the state we want, as a statement */
  readonly title: Text
  /** one problem, with {placeholders} that every Problem's values fill ({key} always works) */
  readonly problem: Text
  /** what can happen to you, in one or two sentences */
  readonly why: Text
  /** what is looked at, in words, for `explain` */
  readonly looksAt: Text
  readonly references: readonly [string, ...string[]]
  readonly needs: readonly N[]
  evaluate(facts: SeenSections<N>): Verdict
  readonly ownKeys?: OnOwnKeys
}

/** What a fix answers for some of the problems: its changes, the keys of those that stay, and why they do. */
export interface Partly {
  readonly changes: readonly Change[]
  readonly leaves: readonly [string, ...string[]]
  readonly because: Text
}

export type Fixed = readonly Change[] | { readonly refuse: Text } | Partly

/** The changes, where some problems may stay for a reason; without any change it is a refusal. */
export const partly = (changes: readonly Change[], leaves: readonly string[], because: Text): Fixed => {
  const [first, ...rest] = leaves
  if (first === undefined) return changes
  return changes.length > 0 ? { changes, leaves: [first, ...rest], because } : { refuse: because }
}

/** Repaired by harden. `does`: what it will do, one line for the plan and for `explain`. */
interface Fixes<N extends SectionName> {
  readonly does: Text
  fix(facts: SeenSections<N>, problems: readonly Problem[], choices: Choices): Fixed
  readonly guide?: string
}

/** No fix: then a guide is mandatory. */
interface Guides {
  readonly fix?: never
  readonly does?: never
  readonly guide: string
}

export type Rule<N extends SectionName = SectionName> = RuleBase<N> & (Fixes<N> | Guides)

/** Keeps `evaluate` typed by the sections that `needs` names, and forgets the parameter for the list of rules. */
export const rule = <const N extends SectionName>(definition: Rule<N>): Rule => definition as unknown as Rule
