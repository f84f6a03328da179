import { isDropIn } from '../../model/drop-in.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'
import { isOurs } from '../draft.js'

export default doubt({
  id: 'drop-in-by-hand',
  needs: ['sshd'],
  consider: ({ facts: { sshd }, items }) => {
    const file = sshd.files.find(({ path }) => isDropIn(path))
    const touches = items.some(item => item.kind === 'file' && item.path === file?.path)
    if (!file || !touches || isOurs(file)) return null
    return {
      refuse: text(
        `${file.path} ist nicht mehr, was Riegel geschrieben hat; deine Zeilen darin gingen verloren`,
        `${file.path} is no longer what Riegel wrote; your lines in it would be lost`,
      ),
      hint: text(
        'Deine Zeilen in eine eigene Datei verschieben (etwa 10-...), dann noch einmal',
        'Move your lines to a file of their own (10-... say), then again',
      ),
    }
  },
})
