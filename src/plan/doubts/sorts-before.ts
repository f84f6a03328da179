import { dropIn, placeOf } from '../../model/drop-in.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

/** What an earlier run wrote is not read first any more: written anew elsewhere, its lines would stand there twice. */
export default doubt({
  id: 'sorts-before',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    if (placeOf(sshd.files).path === dropIn || !sshd.files.some(file => file.path === dropIn)) return null
    const before = sshd.files.find(file => file.path.startsWith('/etc/ssh/sshd_config.d/') && file.path < dropIn)
    const what = before?.path ?? '/etc/ssh/sshd_config'
    return {
      refuse: text(
        `${what} wird vor Riegels 00-riegel.conf gelesen und hat Vorrang`,
        `${what} is read before Riegel's 00-riegel.conf and outranks it`,
      ),
      hint: before
        ? text(
            'Umbenennen, sodass sie danach gelesen wird (etwa 10-...)',
            'Rename it so that it sorts later (10-... say)',
          )
        : text(
            'Als erste Zeile dort: Include /etc/ssh/sshd_config.d/*.conf',
            'As its first line: Include /etc/ssh/sshd_config.d/*.conf',
          ),
    }
  },
})
