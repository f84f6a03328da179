import type { Change } from '../../model/change.js'
import type { PathFacts } from '../../model/facts.js'
import { judge, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

/** Others may read it, or a group may change it; that a group reads is how Debian keeps shadow and ssl-cert. */
const exposed = ({ kind, mode }: PathFacts): boolean => kind === 'file' && (mode & 0o027) !== 0

const right = ({ path, mode }: PathFacts): number => {
  if (/^\/etc\/g?shadow-?$/.test(path)) return 0o640
  if (/^\/etc\/sudoers(\.d\/|$)/.test(path)) return 0o440
  // a service may read its key through the group
  return path.startsWith('/etc/ssl/private/') ? mode & 0o640 : 0o600
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
      secretFiles.files.filter(exposed).map(
        ({ path, mode, owner }): Problem => ({
          key: path,
          values: { mode: octal(mode), owner },
          where: { file: path },
        }),
      ),
    ),

  does: text('Dateien mit Zugangsdaten nur noch für ihren Besitzer', 'files with secrets for their owners only'),
  fix: ({ secretFiles }) =>
    secretFiles.files
      .filter(exposed)
      .map((file): Change => ({ kind: 'mode', stage: 'close', path: file.path, mode: right(file), account: 'root' })),
  guide: 'readable-secret',
})
