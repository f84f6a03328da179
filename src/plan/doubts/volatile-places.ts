import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'volatile-places',
  needs: ['system'],
  consider: ({ facts: { system } }) => {
    const lost = system.places.find(place => place.volatile)
    if (!lost) return null
    return {
      refuse: text(
        `${lost.path} liegt im Arbeitsspeicher (${lost.fs}); nach einem Neustart wäre alles weg, auch die Wache`,
        `${lost.path} lies in memory (${lost.fs}); after a restart all would be gone, the guard too`,
      ),
      hint: text('Ein solches Live-System kann Riegel nur ansehen', 'Riegel can only look at such a live system'),
    }
  },
})
