import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'not-enabled',
  needs: ['sshd', 'nextBoot'],
  consider: ({ facts: { sshd, nextBoot } }) => {
    const unit = sshd.units.find(u => u.name.endsWith('.service') && u.active === 'active')
    if (nextBoot.notToBeRun)
      return {
        refuse: text(
          '/etc/ssh/sshd_not_to_be_run liegt da: sshd startet beim nächsten Mal nicht',
          '/etc/ssh/sshd_not_to_be_run is there: sshd does not start at the next boot',
        ),
        hint: text('Die Datei löschen, dann noch einmal', 'Delete that file, then again'),
      }
    // ssh-socket.ts speaks of those
    if (sshd.units.some(u => u.name === 'ssh.socket' && u.active === 'active')) return null
    if (sshd.units.some(u => u.name === 'ssh.socket' && u.enabled.startsWith('enabled')))
      return {
        refuse: text(
          'Beim nächsten Start hält ssh.socket den Port statt ssh.service',
          'At the next boot ssh.socket holds the port instead of ssh.service',
        ),
        hint: text('systemctl disable ssh.socket, dann noch einmal', 'systemctl disable ssh.socket, then again'),
      }
    // static and generated units start only if something else wants them; enabled-runtime is forgotten at boot
    if (!unit || ['enabled', 'alias'].includes(unit.enabled)) return null
    return {
      refuse: text(
        `${unit.name} läuft, startet beim Booten aber nicht mit (${unit.enabled})`,
        `${unit.name} runs, but does not start at the next boot (${unit.enabled})`,
      ),
      hint: text(`systemctl enable ${unit.name}, dann noch einmal`, `systemctl enable ${unit.name}, then again`),
    }
  },
})
