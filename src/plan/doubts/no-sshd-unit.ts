import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'no-sshd-unit',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    const running = sshd.units.filter(unit => unit.name.endsWith('.service') && unit.active === 'active')
    const socket = sshd.units.some(u => u.name === 'ssh.socket' && u.active === 'active')
    // a socket starts it when somebody comes; ssh-socket.ts says which sockets will do
    if (running.length === 1 || (running.length === 0 && socket)) return null
    return {
      refuse: text(
        'sshd läuft hier nicht als genau ein Dienst von systemd',
        'sshd does not run here as exactly one service of systemd',
      ),
      hint: text('systemctl status ssh zeigt, was ihn gestartet hat', 'systemctl status ssh shows what started it'),
    }
  },
})
