import type { Basic } from './basics.js'
import type { RuleId, Severity } from './rule.js'
import type { Text } from './text.js'

export interface ReportProblem {
  readonly key: string
  readonly text: Text
  readonly where?: { readonly file: string; readonly line?: number }
}

export interface Finding {
  readonly rule: RuleId
  readonly basic: Basic
  readonly severity: Severity
  readonly verdict: 'pass' | 'fail' | 'unknown' | 'not-applicable'
  readonly title: Text
  readonly why: Text
  readonly because?: Text
  readonly problems: readonly ReportProblem[]
  readonly fixable: boolean
  readonly guide?: string
}

export interface BasicState {
  readonly basic: Basic
  readonly state: 'met' | 'unmet' | 'unknown'
  readonly looked: readonly string[]
}

/** A key that lets somebody in as an account on a server, matched to the keys of whoever asks. */
export interface AuthorizedMatch {
  readonly account: string
  readonly fingerprint: string
  readonly comment: string
  readonly where: { readonly file: string; readonly line: number }
  /** where its private half is: a path, or `agent`; null = it belongs to no key that was found here */
  readonly yours: string | null
}

/** What a report is about. */
export type Subject = 'server' | 'passwords' | 'vault' | 'keys'

export interface Report {
  readonly schema: 'riegel.report/1'
  readonly riegel: string
  readonly target: { readonly name: string; readonly os: string; readonly osVersion: string; readonly address: string }
  /** the account the look ran as, whether it was root, and where it should have been, why not */
  readonly lookedAs: { readonly account: string; readonly root: boolean; readonly because?: Text }
  readonly takenAt: string
  readonly durationMs: number
  readonly basics: readonly BasicState[]
  readonly findings: readonly Finding[]
  /** what is worth knowing and nobody's fault; absent where there is nothing */
  readonly notes?: readonly Text[]
  readonly summary: {
    readonly pass: number
    readonly fail: number
    readonly unknown: number
    readonly notApplicable: number
  }
  /** only of `riegel key --against` */
  readonly authorized?: readonly AuthorizedMatch[]
}

export type OutcomeState = 'confirmed' | 'rolled-back' | 'stuck' | 'unknown' | 'refused' | 'nothing-to-do'

export interface OutcomeStep {
  readonly state: string
  readonly at: string
  readonly note?: Text
}

export interface Outcome {
  readonly schema: 'riegel.outcome/1'
  readonly state: OutcomeState
  readonly transaction: string | null
  readonly reason: Text | null
  readonly before: Report
  readonly after: Report | null
  readonly steps: readonly OutcomeStep[]
}
