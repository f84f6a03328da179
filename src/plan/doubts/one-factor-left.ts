import { unseenWays } from '../../model/logins.js'
import { oneFactorLeft } from '../../model/second-factor.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'one-factor-left',
  needs: ['effective', 'accounts', 'loginKeys', 'system'],
  consider: ({ facts, choices: { secondFactor } }) => {
    if (secondFactor?.by !== 'security-key' || secondFactor.accounts.length === 0) return null
    const unseen = unseenWays(facts)
    if (unseen !== null)
      return {
        refuse: unseen,
        hint: text('Von Hand: riegel explain hardware-key', 'By hand: riegel explain hardware-key'),
      }
    const names = oneFactorLeft(facts, [...secondFactor.accounts, ...secondFactor.except])
    if (names.length === 0) return null
    const list = names.slice(0, 8).join(', ')
    return {
      refuse: text(
        `Mit einem Faktor allein käme weiter hinein: ${list}`,
        `With one factor alone would still get in: ${list}`,
      ),
      hint: text(
        `Soll das so bleiben: ${names.map(name => `--except ${name}`).join(' ')}`,
        `If it shall stay like that: ${names.map(name => `--except ${name}`).join(' ')}`,
      ),
    }
  },
})
