import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'managed-elsewhere',
  needs: ['nextBoot'],
  consider: ({ facts: { nextBoot } }) =>
    nextBoot.managers.length === 0
      ? null
      : {
          refuse: text(
            `Diesen Server verwaltet schon etwas anderes (${nextBoot.managers.join(', ')}); es nähme die Änderungen zurück`,
            `Something else manages this server (${nextBoot.managers.join(', ')}); it would take the changes back`,
          ),
          hint: text('Dort einstellen, was riegel audit findet', 'Set there what riegel audit finds'),
        },
})
