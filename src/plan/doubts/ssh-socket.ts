import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'ssh-socket',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) =>
    sshd.units.some(unit => unit.name === 'ssh.socket' && unit.active === 'active')
      ? {
          refuse: text(
            'ssh.socket hält hier den Port; das kann Riegel noch nicht unter Bewachung umstellen',
            'ssh.socket holds the port here; Riegel cannot yet change that under guard',
          ),
          hint: text(
            'systemctl disable --now ssh.socket && systemctl enable --now ssh.service, dann noch einmal',
            'systemctl disable --now ssh.socket && systemctl enable --now ssh.service, then again',
          ),
        }
      : null,
})
