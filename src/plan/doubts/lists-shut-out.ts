import { listsLetInFromHere, viewsFor } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'
import { newAccount } from '../new-account.js'

export default doubt({
  id: 'lists-shut-out',
  needs: ['effective', 'accounts'],
  consider: ({ facts: { effective, accounts }, choices }) => {
    const name = choices.account.name
    const account = accounts.find(a => a.name === name) ?? newAccount(name)
    const shut = viewsFor(effective, name)
      .concat(choices.account.exists ? [] : effective.views.slice(0, 1))
      .find(view => !listsLetInFromHere(view, account))
    if (!shut) return null
    return {
      refuse: text(
        `AllowUsers, AllowGroups, DenyUsers oder DenyGroups lassen ${name} nicht hinein`,
        `AllowUsers, AllowGroups, DenyUsers or DenyGroups would not let ${name} in`,
      ),
      hint: text(
        `${name} dort eintragen, oder --user mit einem Namen, der schon darf`,
        `Add ${name} there, or --user with a name that may already`,
      ),
    }
  },
})
