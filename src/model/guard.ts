import type { Change, Choices } from './change.js'
import type { SystemFacts } from './facts.js'
import { type Text, text } from './text.js'

export const needsApt = (system: SystemFacts): { refuse: Text } | null =>
  system.tools.includes('apt-get')
    ? null
    : { refuse: text('Pakete installiert Riegel nur mit apt', 'Riegel installs packages with apt only') }

/** Whom a jail may go on sparing: not a network that everybody is in, and nothing fail2ban would read as more than a word. */
const mayBeSpared = (word: string): boolean => /^[\w.:/-]+$/.test(word) && !/^(0\.0\.0\.0|::)\/0$/.test(word)

/**
 * fail2ban's jail for sshd, reading the journal (traps T21) and sparing the operator (T24) and whom it spared before
 * (`ignored`, as the running jail says).
 */
export const jail = (
  choices: Choices,
  system: SystemFacts,
  installed: boolean,
  ignored: readonly string[] = [],
): readonly Change[] | { refuse: Text } => {
  const refused = needsApt(system)
  if (!installed && refused) return refused
  const words = ['127.0.0.1/8', '::1', ...ignored.filter(mayBeSpared), choices.operatorAddress]
  const spared = new Set(words.filter(word => word !== '' && word !== '127.0.0.0/8'))
  // Debian 12's fail2ban only recommends what it needs to read the journal
  const packages = refused ? [] : ['python3-systemd', ...(installed ? [] : ['fail2ban'])]
  return [
    ...packages.map((name): Change => ({ kind: 'package', stage: 'after', name })),
    {
      kind: 'file',
      stage: 'after',
      path: '/etc/fail2ban/jail.d/zz-riegel-guard.local',
      content: `[sshd]\nenabled = true\nbackend = systemd\nport = ${choices.ports.after.join(',')}\nignoreip = ${[...spared].join(' ')}\n`,
      mode: 0o644,
      effect: 'fail2ban',
    },
    { kind: 'service', stage: 'after', unit: 'fail2ban.service' },
  ]
}
