import { activeSocket, addressOf } from '../../model/socket.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'second-listener',
  needs: ['sshd', 'listeners'],
  consider: ({ facts: { sshd, listeners } }) => {
    const own = new Set(sshd.units.map(unit => unit.mainPid))
    const socket = activeSocket(sshd)?.socket.listen.map(listen => addressOf(listen)?.port)
    const foreign = listeners.tcp.find(
      l =>
        !own.has(l.pid) &&
        // what systemd holds for ssh.socket is sshd's
        !(l.pid === 1 && socket?.includes(l.port)) &&
        !/^(127\.|::1$)/.test(l.address) &&
        (l.process === 'sshd' || listeners.sshGreetings.some(g => g.port === l.port)),
    )
    if (!foreign) return null
    return {
      refuse: text(
        `Auf Port ${foreign.port} lauscht noch ein SSH-Server (${foreign.process || 'unbekannt'}); der bliebe offen`,
        `Another SSH server listens on port ${foreign.port} (${foreign.process || 'unknown'}); it would stay open`,
      ),
      hint: text('Diesen erst beenden oder selbst absichern', 'End that one first, or harden it yourself'),
    }
  },
})
