import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'no-systemd',
  needs: ['system'],
  consider: ({ facts: { system } }) =>
    system.init === 'systemd'
      ? null
      : {
          refuse: text(
            `Hier läuft ${system.init} statt systemd; die Wache würde einen Neustart nicht überstehen`,
            `${system.init} runs here instead of systemd; the guard could not survive a restart`,
          ),
          hint: text('Nur ansehen geht: riegel audit', 'Looking works: riegel audit'),
        },
})
