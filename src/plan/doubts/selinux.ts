import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'selinux',
  needs: ['system'],
  consider: ({ facts: { system }, choices }) =>
    system.selinux === 'enforcing' && choices.newPort !== 'keep'
      ? {
          refuse: text(
            'SELinux erlaubt sshd den neuen Port noch nicht; das kann Riegel noch nicht setzen',
            'SELinux does not allow sshd the new port yet; Riegel cannot set that yet',
          ),
          hint: text('--new-port keep', '--new-port keep'),
        }
      : null,
})
