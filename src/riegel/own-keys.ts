import { nothingSeen } from '../collect/script.js'
import { canRewrite, isBackup } from '../keys/mend.js'
import { lookAtFiles, type OwnFiles } from '../keys/own-files.js'
import { type Facts, type PrivateKeyFacts, seen } from '../model/facts.js'
import type { Report } from '../model/report.js'
import type { Rule, RuleId } from '../model/rule.js'
import { version } from '../model/version.js'
import type { Judged } from '../rules/judge.js'
import { assess } from './survey.js'

/** Something wrong with the operator's own files that Riegel can put right. */
export interface Mend {
  readonly kind: 'passphrase' | 'format' | 'mode'
  readonly path: string
  readonly rule: RuleId
}

export interface OwnCheck {
  readonly files: OwnFiles
  readonly report: Report
  readonly mends: readonly Mend[]
}

/** What of a key's file `ssh-keygen -p` would put right; a file with several it would cut down to one. */
const rewriting = (key: PrivateKeyFacts, rule: RuleId): Mend[] => {
  if (rule === 'keys/unprotected-private-key') return [{ kind: 'passphrase', path: key.path, rule }]
  const long = !key.type.startsWith('dsa') && (key.bits === 0 || key.bits >= 3000 || !key.type.startsWith('rsa'))
  return key.format === 'pem' && key.encrypted && long ? [{ kind: 'format', path: key.path, rule }] : []
}

const mendsOf = ({ keys }: OwnFiles, judged: readonly Judged[]): Mend[] =>
  judged.flatMap(({ problems, rule }) =>
    problems.flatMap(({ where }): Mend[] => {
      const path = where?.file ?? ''
      // what Riegel keeps of a key that it mended is not mended but deleted
      if (isBackup(path)) return []
      if (rule.id === 'keys/loose-file-modes') return [{ kind: 'mode', path, rule: rule.id }]
      const [key, ...more] = keys.filter(one => one.path === path)
      return key && more.length === 0 && canRewrite(key) ? rewriting(key, rule.id) : []
    }),
  )

/** Looks at the operator's own files in some places and judges them, on this computer alone. */
export const checkOwnKeys = async (
  places: readonly string[],
  chosen: readonly Rule[],
  now: Date,
): Promise<OwnCheck> => {
  const started = performance.now()
  const files = await lookAtFiles(places)
  const { keys, paths, unread } = files
  const facts: Facts = {
    schema: 'riegel.facts/1',
    riegel: version,
    target: places.join(', '),
    takenAt: now.toISOString(),
    durationMs: Math.round(performance.now() - started),
    sections: {
      ...nothingSeen(),
      operator: seen({
        privateKeys: keys,
        agentKeys: 0,
        knows: { cipher: [], mac: [], kex: [], key: [] },
        ...(process.platform !== 'win32' && { paths }),
        unread,
      }),
    },
  }
  const { report, judged } = assess(facts, chosen)
  const mends = mendsOf(files, judged)
  const fixable = (rule: string) => mends.some(mend => mend.rule === rule)
  return {
    files,
    mends,
    report: { ...report, findings: report.findings.map(one => ({ ...one, fixable: fixable(one.rule) })) },
  }
}
