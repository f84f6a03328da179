import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'missing-tools',
  needs: ['system'],
  consider: ({ facts: { system } }) => {
    const missing = ['useradd', 'usermod', 'chage', 'flock', 'systemd-run', 'systemctl'].find(
      tool => !system.tools.includes(tool),
    )
    if (missing === undefined) return null
    return {
      refuse: text(`Auf dem Server fehlt ${missing}`, `${missing} is missing on the server`),
      hint: text('Nachinstallieren, dann noch einmal', 'Install it, then again'),
    }
  },
})
