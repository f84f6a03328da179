import { nothingSeen, readLooks } from '../collect/script.js'
import { canRewrite, isBackup } from '../keys/mend.js'
import { lookAtFiles, type OwnFiles } from '../keys/own-files.js'
import { type Facts, type PrivateKeyFacts, seen } from '../model/facts.js'
import type { AuthorizedMatch, Report } from '../model/report.js'
import type { Rule, RuleId } from '../model/rule.js'
import type { Session } from '../model/target.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { version } from '../model/version.js'
import type { Judged } from '../rules/judge.js'
import { newToken } from '../target/frames.js'
import { sectionScript } from './look.js'
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

/**
 * Keys that let in whoever logged in, by the server's own word, matched to `held`: where each private half is, by its
 * fingerprint. Throws Trouble `cannot-look`, Lost.
 */
export const matchAuthorized = async (
  session: Session,
  held: ReadonlyMap<string, string>,
): Promise<readonly AuthorizedMatch[]> => {
  const token = newToken()
  const { output } = await session.run(sectionScript(token, 'loginKeys', {}), { timeoutMs: 60_000 })
  const { loginKeys } = readLooks(token, output)
  if (!loginKeys.seen)
    throw new Trouble(
      'cannot-look',
      text(
        'Welche Schlüssel dort eingetragen sind, war nicht zu sehen',
        'Which keys are authorized there could not be seen',
      ),
      text('Dafür braucht es root: --sudo-password-file FILE', 'This needs root: --sudo-password-file FILE'),
    )
  return loginKeys.value.keys
    .filter(({ account }) => account === session.account)
    .map(({ account, fingerprint, comment, path, line }) => ({
      account,
      fingerprint,
      comment,
      where: { file: path, line },
      yours: held.get(fingerprint) ?? null,
    }))
}

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
