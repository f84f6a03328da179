import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'account-taken',
  needs: ['accounts'],
  consider: ({ facts: { accounts }, choices }) => {
    const account = accounts.find(a => a.name === choices.account.name)
    if (!account) return null
    if (account.uid === 0 || account.uid < 1000)
      return {
        refuse: text(`${account.name} ist ein Systemkonto`, `${account.name} is an account of the system`),
        hint: text('Einen anderen Namen nehmen: --user NAME', 'Take another name: --user NAME'),
      }
    const usable =
      account.shellRuns && !/(nologin|false)$/.test(account.shell) && account.expires === null && !account.mustChange
    if (usable) return null
    if (account.mustChange)
      return {
        refuse: text(
          `Das Konto ${account.name} muss beim nächsten Anmelden erst sein Passwort ändern; bis dahin kommt niemand hinein`,
          `The account ${account.name} has to change its password at its next login; until then nobody gets in`,
        ),
        hint: text(
          `Einmal als ${account.name} anmelden und es ändern, oder: chage -d $(date +%F) ${account.name}`,
          `Log in as ${account.name} once and change it, or: chage -d $(date +%F) ${account.name}`,
        ),
      }
    return {
      refuse: text(
        `Das Konto ${account.name} gibt es schon, aber es ist gesperrt, abgelaufen oder ohne Shell`,
        `The account ${account.name} exists already, but is locked, expired or without a shell`,
      ),
      hint: text('Einen anderen Namen nehmen: --user NAME', 'Take another name: --user NAME'),
    }
  },
})
