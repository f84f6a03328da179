import { optionAboveFiles } from '../../model/daemon.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'started-with-options',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    // what runs now, and what the unit and its environment file would start next
    const lines = [
      ...sshd.daemons.map(({ args }) => args.slice(1)),
      ...sshd.units.map(({ execStart }) => execStart.split(/\s+/).slice(1)),
      sshd.startOptions.split(/\s+/),
    ]
    const odd = lines.flatMap(words => optionAboveFiles(words) ?? [])[0]
    if (odd === undefined) return null
    return {
      refuse: text(
        `sshd wird mit eigenen Optionen gestartet (${odd}); die haben Vorrang vor jeder Datei`,
        `sshd is started with options of its own (${odd}); they outrank every file`,
      ),
      hint: text(
        '/etc/default/ssh oder die Unit nennt sie; erst dort entfernen',
        '/etc/default/ssh or the unit names them; remove them there first',
      ),
    }
  },
})
