import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'listen-address',
  needs: ['sshd'],
  consider: ({ facts: { sshd }, choices }) => {
    if (choices.newPort === 'keep') return null
    const line = sshd.files
      .flatMap(file => file.lines)
      .find(l => /^\s*listenaddress[\s=]+(\[[^\]]*\]|[^\s:]+):\d+/i.test(l))
    if (line === undefined) return null
    return {
      refuse: text(
        `„${line.trim()}“ nennt selbst einen Port; die Zeile Port gilt dort nicht`,
        `"${line.trim()}" names a port itself; the line Port does not count there`,
      ),
      hint: text(
        '--new-port keep, oder den Port aus ListenAddress nehmen',
        '--new-port keep, or take the port out of ListenAddress',
      ),
    }
  },
})
