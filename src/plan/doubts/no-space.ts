import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'no-space',
  needs: ['system'],
  consider: ({ facts: { system } }) => {
    const full = system.places.find(place => ['/etc', '/var/lib'].includes(place.path) && place.freeKb < 4096)
    if (!full) return null
    return {
      refuse: text(
        `Kein Platz mehr auf ${full.path} (${full.freeKb} KiB frei)`,
        `No space left on ${full.path} (${full.freeKb} KiB free)`,
      ),
      hint: text('Erst Platz schaffen; 4 MiB genügen', 'Make room first; 4 MiB are enough'),
    }
  },
})
