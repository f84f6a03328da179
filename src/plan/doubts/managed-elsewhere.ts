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
            `Dieser Server wird schon verwaltet (${nextBoot.managers.join(', ')}); Änderungen würden von dort überschrieben`,
            `Something else manages this server (${nextBoot.managers.join(', ')}); it would overwrite the changes`,
          ),
          hint: text('Dort einstellen, was riegel audit findet', 'Set there what riegel audit finds'),
        },
})
