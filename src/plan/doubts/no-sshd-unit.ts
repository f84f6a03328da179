import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'no-sshd-unit',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    // ssh-socket.ts speaks of those
    if (sshd.units.some(u => u.name === 'ssh.socket' && u.active === 'active')) return null
    const running = sshd.units.filter(unit => unit.name.endsWith('.service') && unit.active === 'active')
    if (running.length === 1) return null
    return {
      refuse: text(
        'sshd läuft hier nicht als genau ein Dienst von systemd',
        'sshd does not run here as exactly one service of systemd',
      ),
      hint: text('systemctl status ssh zeigt, was ihn gestartet hat', 'systemctl status ssh shows what started it'),
    }
  },
})
