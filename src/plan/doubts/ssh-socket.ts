import type { SocketFacts, SshdFacts } from '../../model/facts.js'
import { sshdPorts } from '../../model/logins.js'
import { portLines } from '../../model/ports.js'
import { activeSocket, addressOf, followsPort, socketDropIn } from '../../model/socket.js'
import { type Text, text } from '../../model/text.js'
import { doubt } from '../doubt.js'

interface Answer {
  readonly refuse: Text
  readonly hint: Text
}

const instead = text(
  'systemctl disable --now ssh.socket && systemctl enable --now ssh.service, dann noch einmal',
  'systemctl disable --now ssh.socket && systemctl enable --now ssh.service, then again',
)
const no = (de: string, en: string, hint: Text = instead): Answer => ({
  refuse: text(`ssh.socket ${de}`, `ssh.socket ${en}`),
  hint,
})

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** What of the socket itself Riegel cannot keep up under guard. */
const odd = ({ units }: SshdFacts, socket: SocketFacts): Answer | null => {
  if (socket.accept)
    return no(
      'startet für jede Verbindung einen eigenen sshd (Accept=yes); das stellt Riegel nicht um',
      'starts an sshd of its own for each connection (Accept=yes); Riegel does not change that',
    )
  const [service] = socket.triggers
  if (socket.triggers.length !== 1 || !units.some(unit => unit.name === service))
    return no(
      `startet etwas anderes als sshd: ${socket.triggers.join(', ') || 'nichts'}`,
      `starts something else than sshd: ${socket.triggers.join(', ') || 'nothing'}`,
    )
  if (socket.killMode !== 'process')
    return no(
      `startet ${service} mit KillMode=${socket.killMode}: Ein Neustart beendete alle Sitzungen`,
      `starts ${service} with KillMode=${socket.killMode}: a restart would end all sessions`,
      text('KillMode=process wie im Paket, dann noch einmal', 'KillMode=process as the package has it, then again'),
    )
  const strange = socket.listen.find(listen => addressOf(listen) === null)
  if (strange !== undefined || socket.listen.length === 0)
    return no(
      `lauscht nicht nur auf gewöhnlichen Ports: ${strange ?? 'auf keinem'}`,
      `listens on more than ordinary ports: ${strange ?? 'on none'}`,
    )
  return null
}

/** What of its addresses cannot be moved from one port to another. */
const fixed = (sshd: SshdFacts, socket: SocketFacts): Answer | null => {
  const all = socket.listen.flatMap(listen => addressOf(listen) ?? [])
  const ports = new Set(all.map(one => one.port))
  const addresses = new Set(all.map(one => one.address))
  if (all.length !== ports.size * addresses.size)
    return no(
      'öffnet nicht auf jeder Adresse dieselben Ports',
      'does not open the same ports on every address',
      text(
        '--new-port keep, oder jede Adresse mit denselben Ports (ListenStream=)',
        '--new-port keep, or every address with the same ports (ListenStream=)',
      ),
    )
  if (followsPort(socket)) {
    const lines = portLines(sshd.files).map(line => line.port)
    const said = new Set(lines.length === 0 ? [22] : lines)
    if (said.size === ports.size && [...ports].every(port => said.has(port))) return null
    return no(
      `öffnet ${[...ports].join(', ')}, Port in sshd_config sagt ${[...said].join(', ')}`,
      `opens ${[...ports].join(', ')}, Port in sshd_config says ${[...said].join(', ')}`,
      text(
        'Port richtigstellen, systemctl daemon-reload && systemctl restart ssh.socket, dann noch einmal',
        'Set Port right, systemctl daemon-reload && systemctl restart ssh.socket, then again',
      ),
    )
  }
  const later = socket.setBy.find(path => base(path) > base(socketDropIn))
  return later === undefined
    ? null
    : no(
        `bekommt seine Ports aus ${later}; das gilt vor allem, was Riegel schreibt`,
        `takes its ports from ${later}; that counts before whatever Riegel writes`,
        text('Die Datei umbenennen: 10-ports.conf', 'Rename that file: 10-ports.conf'),
      )
}

/** A socket that holds sshd's ports: only one that will hold them at the next boot too, and as it was told. */
export default doubt({
  id: 'ssh-socket',
  needs: ['sshd', 'listeners'],
  consider: ({ facts: { sshd, listeners }, choices }) => {
    const active = sshd.units.some(unit => unit.name === 'ssh.socket' && unit.active === 'active')
    if (!active) return null
    const held = activeSocket(sshd)
    if (held === null)
      return no('hält hier den Port und ließ sich nicht ansehen', 'holds the port here and could not be looked at')
    const { unit, socket } = held
    const wrong = odd(sshd, socket)
    if (wrong !== null) return wrong
    if (unit.enabled !== 'enabled')
      return no(
        `hält den Port, startet beim Booten aber nicht mit (${unit.enabled})`,
        `holds the port, but does not start at the next boot (${unit.enabled})`,
        text('systemctl enable ssh.socket, dann noch einmal', 'systemctl enable ssh.socket, then again'),
      )
    const told = new Set(socket.listen.map(listen => addressOf(listen)?.port))
    const open = sshdPorts(listeners, sshd)
    if (open.some(port => !told.has(port)) || [...told].some(port => !listeners.tcp.some(l => l.port === port)))
      return no(
        `soll ${[...told].join(', ')} öffnen, offen ist ${open.join(', ')}`,
        `is to open ${[...told].join(', ')}, open is ${open.join(', ')}`,
        text('systemctl restart ssh.socket, dann noch einmal', 'systemctl restart ssh.socket, then again'),
      )
    return choices.newPort === 'keep' ? null : fixed(sshd, socket)
  },
})
