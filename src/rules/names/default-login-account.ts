import type { Change } from '../../model/change.js'
import { isPersonal } from '../../model/default-accounts.js'
import { defaultNames, othersHidden, whoCanLogIn } from '../../model/logins.js'
import { judgeUnless, partly, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'names/default-login-account',
  severity: 'medium',
  title: text(
    'Kein Konto trägt einen Namen, den jeder zuerst probiert',
    'No account has a name that everybody guesses',
  ),
  problem: text(
    'Das Konto {key} kann sich anmelden; den Namen probiert jeder.',
    'The account {key} can log in; everybody tries that name.',
  ),
  why: text(
    'Wer rät, braucht Name und Passwort. Ein Standardname verrät die eine Hälfte.',
    'Whoever guesses needs a name and a password. A default name gives half of it away.',
  ),
  looksAt: text(
    'die Namen aller Konten, die sich anmelden können (für root: root/ssh-login)',
    'the names of all accounts that can log in (for root: root/ssh-login)',
  ),
  references: ['BSI ORP.4.A1', 'BSI ORP.4.A23', 'BSI Grundschutz++ BER.5.6'],
  needs: ['effective', 'accounts', 'loginKeys', 'system'],

  evaluate(facts) {
    const { effective, accounts, loginKeys, system } = facts
    return judgeUnless(
      whoCanLogIn(effective, accounts, loginKeys, system.now)
        .filter(account => account.uid !== 0 && defaultNames.includes(account.name))
        .map(account => ({ key: account.name })),
      othersHidden(facts),
    )
  },

  does: text('Konto mit Standardnamen gesperrt', 'account with a default name locked'),
  fix(facts, problems, { account }) {
    const { accounts, loginKeys } = facts
    // whether nobody else does could not be read back
    const hidden = othersHidden(facts)
    if (hidden) return { refuse: hidden }
    const names = problems.map(({ key }) => key)
    const own = names.filter(name => name === account.name)
    const jobs = names.filter(name => {
      const found = accounts.find(one => one.name === name)
      return name !== account.name && !(found && isPersonal(found, loginKeys))
    })
    const locked = names.filter(name => !own.includes(name) && !jobs.includes(name))
    const why = [
      ...own.map(name => text(`${name} benutzt du selbst`, `${name} is the account you use yourself`)),
      ...jobs.map(name => text(`${name} gehört wohl zu einem Dienst`, `${name} seems to belong to a service`)),
    ]
    return partly(
      locked.map((name): Change => ({ kind: 'account-lock', stage: 'close', name, expire: true })),
      [...own, ...jobs],
      text(why.map(({ de }) => de).join(', '), why.map(({ en }) => en).join(', ')),
    )
  },
  guide: 'default-login-account',
})
