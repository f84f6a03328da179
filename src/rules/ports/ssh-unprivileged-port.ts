import { sshdListeners } from '../../model/logins.js'
import { bootUnseen, movePort, opensAtBoot, portLines } from '../../model/ports.js'
import { judgeUnless, type Problem, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'ports/ssh-unprivileged-port',
  severity: 'low',
  title: text(
    'Kein gewöhnliches Programm kann den SSH-Port übernehmen',
    'No ordinary program can take the place of SSH',
  ),
  problem: text(
    'SSH lauscht auf Port {key}; ab Port {start} darf das jedes Konto.',
    'SSH listens on port {key}; from port {start} on any account may.',
  ),
  why: text(
    'Fällt sshd kurz aus, kann ein fremdes Programm den Port nehmen und sich für deinen Server ausgeben.',
    'Should sshd be down for a moment, a foreign program can take the port and pose as your server.',
  ),
  looksAt: text(
    'worauf sshd lauscht (ss) und ssh.socket beim nächsten Start, und net.ipv4.ip_unprivileged_port_start',
    'what sshd listens on (ss), and ssh.socket at the next boot, and net.ipv4.ip_unprivileged_port_start',
  ),
  references: ['ip-sysctl ip_unprivileged_port_start', 'sshd_config(5) Port'],
  needs: ['listeners', 'sshd', 'system'],

  evaluate({ listeners, sshd, system }) {
    const now = sshdListeners(listeners, sshd)
    const later = opensAtBoot(sshd)
    const ports = [...new Set([...now, ...(later === 'unseen' ? [] : (later ?? []))].map(l => l.port))]
    if (now.length === 0)
      return unknown(text('kein Port gefunden, auf dem sshd lauscht', 'no port was found that sshd listens on'))
    return judgeUnless(
      ports
        .filter(port => port >= system.unprivilegedPortStart)
        .map((port): Problem => {
          const line = portLines(sshd.files).find(l => l.port === port)
          return {
            key: String(port),
            values: { start: system.unprivilegedPortStart },
            ...(line && { where: { file: line.path, line: line.at } }),
          }
        }),
      later === 'unseen' ? bootUnseen : null,
    )
  },

  does: text('SSH zieht auf einen Port um, den nur root öffnen darf', 'SSH moves to a port that only root may open'),
  fix: (facts, _, choices) => movePort(facts, choices),
  guide: 'ssh-port',
})
