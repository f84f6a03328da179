import type { Change } from '../../model/change.js'
import type { PathFacts, SecretFile } from '../../model/facts.js'
import { judge, type Problem, partly, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

/** Whose group is not the one that reads what the system itself keeps its passwords in: everybody may be in it. */
const misgrouped = ({ path, mode, group = 'root' }: SecretFile): boolean =>
  (mode & 0o040) !== 0 &&
  ((/^\/etc\/g?shadow-?$/.test(path) && !['root', 'shadow'].includes(group)) ||
    (/^\/etc\/sudoers(\.d\/|$)/.test(path) && group !== 'root'))

/**
 * The files that others may read, or a group may change; that a group reads is how Debian keeps shadow and ssl-cert. What
 * lies in a folder that others may not enter they cannot read either.
 */
const exposed = (files: readonly SecretFile[]): SecretFile[] => {
  const shut = files.filter(({ kind, mode }) => kind === 'directory' && (mode & 0o001) === 0)
  const inside = (path: string) => shut.some(folder => path.startsWith(`${folder.path}/`))
  return files.filter(
    file => file.kind === 'file' && ((file.mode & (inside(file.path) ? 0o022 : 0o027)) !== 0 || misgrouped(file)),
  )
}

/** A service reads these under an account of its own, by its group or as one of the others: which, modes do not say. */
const isServices = ({ path }: PathFacts): boolean => /^\/etc\/(ssl\/private\/|letsencrypt\/|krb5\.keytab$)/.test(path)

const right = ({ path }: PathFacts): number => {
  if (/^\/etc\/g?shadow-?$/.test(path)) return 0o640
  return /^\/etc\/sudoers(\.d\/|$)/.test(path) ? 0o440 : 0o600
}

export default rule({
  id: 'passwords/readable-secret',
  severity: 'medium',
  title: text(
    'Dateien mit Zugangsdaten darf nur lesen, wer sie braucht',
    'Files with secrets are read only by who has to',
  ),
  problem: text(
    '{key} ist für andere offen ({mode}, gehört {owner}).',
    '{key} is open to others ({mode}, owned by {owner}).',
  ),
  why: text(
    'Jedes Programm auf dem Server, auch eine gekaperte Webanwendung, kann die Zugangsdaten dann lesen, je nach Rechten auch ändern.',
    'Any program on the server, a hijacked web application too, can then read the secret and, depending on the mode, change it.',
  ),
  looksAt: text(
    'Rechte von shadow, sudoers, Server-Schlüsseln, TLS-Schlüsseln und anderen Dateien mit Zugangsdaten; nie ihr Inhalt',
    'modes of shadow, sudoers, host keys, TLS keys and other files with secrets; never their content',
  ),
  references: ['shadow(5)', 'sudoers(5)', 'CIS Debian 12 5.1.2'],
  needs: ['secretFiles'],

  evaluate: ({ secretFiles }) =>
    judge(
      exposed(secretFiles.files).map(
        (file): Problem => ({
          key: file.path,
          values: { mode: octal(file.mode), owner: misgrouped(file) ? `${file.owner}:${file.group}` : file.owner },
          where: { file: file.path },
        }),
      ),
    ),

  does: text('Dateien mit Zugangsdaten nur noch für ihren Besitzer', 'files with secrets for their owners only'),
  fix({ secretFiles }) {
    const files = exposed(secretFiles.files)
    const byHand = (file: SecretFile) => isServices(file) || misgrouped(file)
    const left = files.filter(byHand).map(({ path }) => path)
    const list = left.join(', ')
    return partly(
      files
        .filter(file => !byHand(file))
        .map((file): Change => ({ kind: 'mode', stage: 'close', path: file.path, mode: right(file), account: 'root' })),
      left,
      text(
        `erst nachsehen, welcher Dienst oder welche Gruppe das liest: ${list}`,
        `see first which service or group reads them: ${list}`,
      ),
    )
  },
  guide: 'readable-secret',
})
