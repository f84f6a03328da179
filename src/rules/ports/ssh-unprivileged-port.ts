import { sshdListeners } from '../../model/logins.js'
import { movePort, portLines } from '../../model/ports.js'
import { judge, type Problem, rule, unknown } from '../../model/rule.js'
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
    'worauf sshd lauscht (ss), und net.ipv4.ip_unprivileged_port_start',
    'what sshd listens on (ss), and net.ipv4.ip_unprivileged_port_start',
  ),
  references: ['ip-sysctl ip_unprivileged_port_start', 'sshd_config(5) Port'],
  needs: ['listeners', 'sshd', 'system'],

  evaluate({ listeners, sshd, system }) {
    const ports = [...new Set(sshdListeners(listeners, sshd).map(l => l.port))]
    if (ports.length === 0)
      return unknown(text('kein Port gefunden, auf dem sshd lauscht', 'no port was found that sshd listens on'))
    return judge(
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
    )
  },

  does: text('SSH zieht auf einen Port um, den nur root öffnen darf', 'SSH moves to a port that only root may open'),
  fix: (facts, _, choices) => movePort(facts, choices),
  guide: 'ssh-port',
})
