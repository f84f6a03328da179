import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'nologin',
  needs: ['system'],
  consider: ({ facts: { system } }) =>
    system.nologin
      ? {
          refuse: text(
            '/etc/nologin oder /run/nologin lässt niemanden außer root hinein',
            '/etc/nologin or /run/nologin lets nobody in but root',
          ),
          hint: text(
            'Läuft gerade ein Start oder eine Wartung? Danach noch einmal',
            'Is a boot or maintenance under way? Then again afterwards',
          ),
        }
      : null,
})
