import { placeOf } from '../../model/drop-in.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

/** sshd_config(5) knows Include since this release of OpenSSH. */
const knowsInclude = 8.2

export default doubt({
  id: 'include-missing',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    if (sshd.release >= knowsInclude || !placeOf(sshd.files).tell) return null
    return {
      refuse: text(
        `Dieses sshd (OpenSSH ${sshd.release}) kennt Include noch nicht; Riegel schreibt seine Zeilen in eine eigene Datei`,
        `This sshd (OpenSSH ${sshd.release}) does not know Include yet; Riegel writes its lines to a file of their own`,
      ),
      hint: text('Das System auf eine neuere Version bringen', 'Bring the system to a newer release'),
    }
  },
})
