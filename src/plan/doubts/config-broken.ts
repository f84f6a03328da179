import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'config-broken',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) =>
    sshd.valid
      ? null
      : {
          refuse: text(
            `sshd lehnt seine Konfiguration ab, wie sie jetzt ist: ${sshd.complaint}`,
            `sshd refuses its configuration as it is now: ${sshd.complaint}`,
          ),
          hint: text('Erst das beheben; sshd -t zeigt die Zeile', 'Mend this first; sshd -t shows the line'),
        },
})
