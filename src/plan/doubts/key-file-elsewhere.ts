import { value, viewsFor } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'key-file-elsewhere',
  needs: ['effective'],
  consider: ({ facts: { effective }, choices }) => {
    const views = viewsFor(effective, choices.account.name)
    const odd = (views.length > 0 ? views : effective.views).find(
      view =>
        !value(view, 'authorizedkeysfile')
          .split(/\s+/)
          .some(path => ['.ssh/authorized_keys', '%h/.ssh/authorized_keys'].includes(path)),
    )
    if (!odd) return null
    return {
      refuse: text(
        `sshd sucht Schlüssel hier woanders: ${value(odd, 'authorizedkeysfile')}`,
        `sshd looks for keys elsewhere here: ${value(odd, 'authorizedkeysfile')}`,
      ),
      // adding keeps what is there: whoever replaced it would shut themselves out
      hint: text(
        'Hinter AuthorizedKeysFile .ssh/authorized_keys hinzufügen (nicht ersetzen), sshd neu laden, noch einmal',
        'Add .ssh/authorized_keys behind AuthorizedKeysFile (do not replace it), reload sshd, then again',
      ),
    }
  },
})
