import { foreignSsh } from '../../model/foreign-ssh.js'
import { isLoopback, sshdListeners } from '../../model/logins.js'
import { bootUnseen, movePort, opensAtBoot, portLines } from '../../model/ports.js'
import { judgeUnless, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'ports/ssh-default-port',
  severity: 'medium',
  title: text('SSH lauscht nicht auf Port 22', 'SSH does not listen on port 22'),
  problem: text('SSH lauscht auf Port 22 ({addresses}).', 'SSH listens on port 22 ({addresses}).'),
  why: text(
    'Auf Port 22 probieren Bots ständig Passwörter durch; das füllt die Protokolle, und eine neue Lücke wird dort zuerst ausgenutzt.',
    'Port 22 is guessed at all the time; that fills the logs and hits first whoever has not closed a new hole yet.',
  ),
  looksAt: text(
    'worauf sshd oder ssh.socket wirklich lauscht (ss), und was ssh.socket beim nächsten Start öffnet',
    'what sshd or ssh.socket really listens on (ss), and what ssh.socket opens at the next boot',
  ),
  references: ['sshd_config(5) Port', 'systemd.socket(5) ListenStream', 'RFC 6335'],
  needs: ['listeners', 'sshd'],

  evaluate({ listeners, sshd }) {
    const all = sshdListeners(listeners, sshd)
    if (all.length === 0)
      return unknown(text('kein Port gefunden, auf dem sshd lauscht', 'no port was found that sshd listens on'))
    const later = opensAtBoot(sshd)
    const at22 = (l: { address: string; port: number }) => l.port === 22 && !isLoopback(l.address)
    const now = all.filter(at22).map(l => l.address)
    const then = later === 'unseen' ? [] : (later ?? []).filter(at22).map(l => `ssh.socket ${l.address}`)
    const open = now.length > 0 ? now : then
    const line = portLines(sshd.files).find(l => l.port === 22)
    const found = {
      key: '22',
      values: { addresses: [...new Set(open)].join(', ') },
      ...(line && { where: { file: line.path, line: line.at } }),
    }
    return judgeUnless(
      open.length === 0 ? [] : [found],
      later === 'unseen' ? bootUnseen : foreignSsh({ sshd, listeners }, 22),
    )
  },

  does: text('SSH zieht auf einen anderen Port um', 'SSH moves to another port'),
  fix: (facts, _, choices) => movePort(facts, choices),
  guide: 'ssh-port',
})
