import { hasPassword } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'no-console',
  needs: ['accounts'],
  consider: ({ facts: { accounts }, choices, items }) => {
    const root = accounts.find(a => a.name === 'root')
    const own = accounts.find(a => a.name === choices.account.name)
    const made = items.some(
      item => (item.kind === 'account-create' && item.password === 'generated') || item.kind === 'account-password',
    )
    if ((root && hasPassword(root)) || (own && hasPassword(own)) || made) return null
    return {
      danger: {
        id: 'no-console',
        text: text(
          `Weder root noch ${choices.account.name} hat ein Passwort: An der Konsole deines Anbieters (dein Notausgang) käme niemand hinein`,
          `Neither root nor ${choices.account.name} has a password: nobody could log in at your provider's console`,
        ),
      },
    }
  },
})
