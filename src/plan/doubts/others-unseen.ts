import { glance } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { closes, doubt } from '../doubt.js'

export default doubt({
  id: 'others-unseen',
  needs: [],
  consider: ({ facts, choices, items }) => {
    const shuts =
      choices.newPort !== 'keep' ||
      ['PermitRootLogin', 'PasswordAuthentication', 'KbdInteractiveAuthentication'].some(word => closes(items, word))
    // the login this very look came by stands in every journal that is kept
    if (!shuts || (glance(facts, 'journal')?.logins.length ?? 0) > 0) return null
    return {
      danger: {
        id: 'others-unseen',
        text: text(
          'Wer sich hier sonst noch anmeldet, war nicht zu sehen (im Journal steht keine Anmeldung); er könnte ausgesperrt werden',
          'Who else logs in here could not be seen (the journal holds no login); they could be shut out',
        ),
      },
    }
  },
})
