import { basicIds } from '../model/basics.js'
import type { Facts, SectionName, SeenSections } from '../model/facts.js'
import type { BasicState, Finding, Report, Subject } from '../model/report.js'
import type { Rule } from '../model/rule.js'
import type { Session } from '../model/target.js'
import { version } from '../model/version.js'
import { vaultNotes } from '../report/vault-notes.js'
import { rules } from '../rules/index.js'
import { type Judged, judgeAll, seenSections } from '../rules/judge.js'
import { type LookOptions, look } from './look.js'

const basicStates = (findings: readonly Finding[], rules: readonly Rule[]): BasicState[] =>
  basicIds.flatMap(basic => {
    const own = findings.filter(finding => finding.basic === basic)
    if (own.length === 0) return []
    const state = own.some(f => f.verdict === 'fail')
      ? 'unmet'
      : own.some(f => f.verdict === 'unknown')
        ? 'unknown'
        : 'met'
    const ran = own.filter(finding => finding.verdict !== 'unknown').map(finding => finding.rule)
    const needs = rules.filter(rule => ran.includes(rule.id)).flatMap(rule => rule.needs)
    return [{ basic, state, looked: [...new Set(needs)] }]
  })

/** Facts to the one document, and to what a plan needs. Pure. */
export const assess = (facts: Facts, rules: readonly Rule[]): { report: Report; judged: Judged[] } => {
  const judged = judgeAll(rules, facts)
  const findings = judged.map(one => one.finding)
  const count = (verdict: Finding['verdict']) => findings.filter(f => f.verdict === verdict).length
  const { system } = facts.sections
  const notes = rules.some(({ needs }) => needs.includes('vault')) ? vaultNotes(facts) : []
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
      ...(notes.length > 0 && { notes }),
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

/** A rule as it is asked of the operator's own keys: harden repairs nothing of them. */
const onOwnKeys = ({ ownKeys, fix, does, ...rest }: Rule): Rule[] => {
  if (!ownKeys) return []
  const { evaluate, ...words } = ownKeys
  return [{ ...rest, ...words, needs: ['operator'], evaluate: facts => evaluate(facts.operator) } as Rule]
}

/** A rule is about a person's passwords where it needs them, else about a server. */
const isAbout = ({ needs }: Rule, subject: Exclude<Subject, 'keys'>): boolean => {
  if (subject === 'server') return !needs.includes('passwords') && !needs.includes('vault')
  return needs.every(name => name === 'passwords' || (name === 'vault' && subject === 'vault'))
}

/** The rules that `--only` and `--skip` leave: ids, or a basic's name for all of its rules. */
export const select = (
  only: readonly string[],
  skip: readonly string[],
  subject: Subject = 'server',
): readonly Rule[] => {
  const names = (words: readonly string[]) => (rule: Rule) =>
    words.some(word => rule.id === word || rule.id.startsWith(`${word}/`))
  const all = subject === 'keys' ? rules.flatMap(onOwnKeys) : rules.filter(rule => isAbout(rule, subject))
  return all.filter(rule => (only.length === 0 || names(only)(rule)) && !names(skip)(rule))
}

/** What an audit of a server judges by where nothing else was chosen. */
export const serverRules: readonly Rule[] = select([], [])

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

export type { Subject }
export { version }
