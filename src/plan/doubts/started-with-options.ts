import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'started-with-options',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    const odd = sshd.daemons.flatMap(daemon => daemon.args).find(word => /^-[fopC]/.test(word))
    if (odd === undefined) return null
    return {
      refuse: text(
        `sshd wurde mit eigenen Optionen gestartet (${odd}); die gehen jeder Datei vor`,
        `sshd was started with options of its own (${odd}); they outrank every file`,
      ),
      hint: text(
        '/etc/default/ssh oder die Unit nennt sie; erst dort entfernen',
        '/etc/default/ssh or the unit names them; remove them there first',
      ),
    }
  },
})
