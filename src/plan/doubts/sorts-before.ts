import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'
import { dropIn } from '../draft.js'

export default doubt({
  id: 'sorts-before',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    const before = sshd.files.find(file => file.path.startsWith('/etc/ssh/sshd_config.d/') && file.path < dropIn)
    if (!before) return null
    return {
      refuse: text(
        `${before.path} wird vor 00-riegel.conf gelesen und hätte Vorrang`,
        `${before.path} is read before 00-riegel.conf and would outrank it`,
      ),
      hint: text(
        'Umbenennen, sodass sie danach gelesen wird (etwa 10-...)',
        'Rename it so that it sorts later (10-... say)',
      ),
    }
  },
})
