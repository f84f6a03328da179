import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'read-only',
  needs: ['system'],
  consider: ({ facts: { system } }) => {
    const shut = system.places.find(place => ['/etc', '/var/lib'].includes(place.path) && !place.writable)
    if (!shut) return null
    return {
      refuse: text(
        `${shut.path} ist schreibgeschützt eingehängt`,
        `${shut.path} cannot be written (mounted read-only)`,
      ),
      hint: text(`mount | grep ' ${shut.path} ' zeigt, warum`, `mount | grep ' ${shut.path} ' shows why`),
    }
  },
})
