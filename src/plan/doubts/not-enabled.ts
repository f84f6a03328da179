import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'not-enabled',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    // ssh-socket.ts speaks of those
    if (sshd.units.some(u => u.name === 'ssh.socket' && u.active === 'active')) return null
    const unit = sshd.units.find(u => u.name.endsWith('.service') && u.active === 'active')
    if (!unit || ['enabled', 'alias', 'static', 'enabled-runtime', 'generated'].includes(unit.enabled)) return null
    return {
      refuse: text(
        `${unit.name} läuft, startet beim Booten aber nicht mit (${unit.enabled})`,
        `${unit.name} runs, but does not start at the next boot (${unit.enabled})`,
      ),
      hint: text(`systemctl enable ${unit.name}, dann noch einmal`, `systemctl enable ${unit.name}, then again`),
    }
  },
})
