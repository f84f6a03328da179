import { givePassword } from '../../model/admin.js'
import type { Change } from '../../model/change.js'
import type { AccountFacts } from '../../model/facts.js'
import { judgeUnless, rule } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

/** A password that /etc/shadow does not have. */
const keptElsewhere = (accounts: readonly AccountFacts[]): Text | null => {
  const name = accounts.find(({ password }) => password === 'unseen')?.name
  if (name === undefined) return null
  return text(`das Passwort von ${name} steht nicht in /etc/shadow`, `the password of ${name} is not in /etc/shadow`)
}

export default rule({
  id: 'passwords/empty',
  severity: 'critical',
  title: text('Kein Konto hat ein leeres Passwort', 'No account has an empty password'),
  problem: text('Das Konto {key} hat ein leeres Passwort.', 'The account {key} has an empty password.'),
  why: text(
    'An der Konsole, mit su und überall, wo PAM es zulässt, genügt dann der Name.',
    'At the console, with su and wherever PAM allows it, the name is then enough.',
  ),
  looksAt: text(
    'das Passwortfeld in /etc/shadow; gelesen wird nur, ob es leer ist',
    'the password field in /etc/shadow; all that is read is whether it is empty',
  ),
  references: ['shadow(5)', 'BSI ORP.4.A22', 'BSI SYS.1.3.A2'],
  needs: ['accounts'],

  evaluate: ({ accounts }) =>
    judgeUnless(
      accounts.filter(({ password }) => password === 'none').map(({ name }) => ({ key: name })),
      keptElsewhere(accounts),
    ),

  does: text('Konto mit leerem Passwort gesperrt', 'account with an empty password locked'),
  // your own account gets a password instead where sudo is to ask for one
  fix({ accounts }, problems, { account, sudo }) {
    // whether none is left could not be read back
    const hidden = keptElsewhere(accounts)
    if (hidden) return { refuse: hidden }
    return problems.map(
      ({ key }): Change =>
        key === account.name && sudo === 'password'
          ? givePassword(key)
          : { kind: 'account-lock', stage: 'close', name: key, expire: false },
    )
  },
  guide: 'empty-password',
})
