import { whoCanLogIn } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'no-code',
  needs: ['effective', 'accounts', 'loginKeys', 'system', 'pam'],
  consider: ({ facts: { effective, accounts, loginKeys, system, pam }, choices: { secondFactor } }) => {
    if (!secondFactor?.accounts.length) return null
    const fine = [...secondFactor.accounts, ...secondFactor.except, ...pam.factors]
    const names = whoCanLogIn(effective, accounts, loginKeys, system.now)
      .map(account => account.name)
      .filter(name => !fine.includes(name))
    if (names.length === 0) return null
    const list = names.slice(0, 8).join(', ')
    return {
      danger: {
        id: 'others-cut-off',
        text: text(
          `Ohne eingerichteten Code kommt dann nicht mehr hinein: ${list} (wer ohne bleiben soll: --except KONTO)`,
          `Without a code set up will no longer get in: ${list} (whoever shall stay without: --except ACCOUNT)`,
        ),
      },
    }
  },
})
