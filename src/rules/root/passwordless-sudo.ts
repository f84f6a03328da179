import { askForPassword } from '../../model/admin.js'
import { isPersonal } from '../../model/default-accounts.js'
import type { AccountFacts, SeenSections } from '../../model/facts.js'
import { defaultNames, othersHidden, rootWithoutPassword, whoCanLogIn } from '../../model/logins.js'
import { judgeUnless, type Problem, partly, rule } from '../../model/rule.js'
import { isExempt, wasAsked } from '../../model/sudo.js'
import { type Text, text } from '../../model/text.js'

type Seen = SeenSections<'effective' | 'accounts' | 'loginKeys' | 'sudo' | 'system'>

const othersOf = ({ effective, accounts, loginKeys, system }: Seen): AccountFacts[] =>
  whoCanLogIn(effective, accounts, loginKeys, system.now).filter(account => account.uid !== 0)

/** Whom sshd may let in and no look shows, or about whom sudo was not asked; null = nobody. */
const unclear = (facts: Seen): Text | null => {
  const name = othersOf(facts).find(account => !wasAsked(facts.sudo, account.name))?.name
  const unasked =
    name === undefined ? null : text(`sudo wurde nicht nach ${name} gefragt`, `sudo was not asked about ${name}`)
  return othersHidden(facts) ?? unasked
}

export default rule({
  id: 'root/passwordless-sudo',
  severity: 'medium',
  title: text(
    'Wer root werden will, muss ein Passwort eingeben',
    'Whoever wants to become root has to enter a password',
  ),
  problem: text('{key} wird ohne Passwort root ({how}).', '{key} becomes root without a password ({how}).'),
  why: text(
    'Dann hängt alles am Schlüssel: Wer ihn oder eine offene Sitzung hat, hat den ganzen Server.',
    'Then the key is all there is: whoever has it, or an open session, has the whole server.',
  ),
  looksAt: text(
    'sudo -l für jedes Konto, das sich anmelden kann (die letzte passende Regel gilt), doas.conf, pam_wheel mit trust',
    'sudo -l for every account that can log in (the last rule that matches counts), doas.conf, pam_wheel with trust',
  ),
  references: ['sudoers(5) NOPASSWD', 'doas.conf(5) nopass', 'pam_wheel(8) trust', 'CIS Debian 12 5.2'],
  needs: ['effective', 'accounts', 'loginKeys', 'sudo', 'system'],

  evaluate(facts) {
    const { sudo } = facts
    return judgeUnless(
      othersOf(facts)
        .filter(account => rootWithoutPassword(sudo, account))
        .map((account): Problem => {
          // what no rule of sudo's would mend comes first
          const beside = rootWithoutPassword({ ...sudo, accounts: {} }, account)
          const answer = sudo.accounts[account.name]
          const exempt = answer !== undefined && isExempt(answer, account.groups)
          const how = beside ? 'doas, su' : exempt ? 'sudo, exempt_group' : 'sudo, NOPASSWD'
          return { key: account.name, values: { how } }
        }),
      unclear(facts),
    )
  },

  does: text('sudo fragt nach einem Passwort', 'sudo asks for a password'),
  fix(facts, problems, choices) {
    if (choices.sudo !== 'password')
      return { refuse: text('bleibt offen, wie von dir gewählt', 'stays open, as you wanted it') }
    const { name } = choices.account
    const own = problems.find(problem => problem.key === name)
    const mends = own?.values?.['how'] === 'sudo, NOPASSWD'
    const asks = mends ? askForPassword(facts, name) : []
    if ('refuse' in asks) return asks
    // whether nobody else does could not be read back
    const hidden = asks.length > 0 ? unclear(facts) : othersHidden(facts)
    if (hidden) return { refuse: hidden }
    // a person's account with a default name is locked by names/default-login-account
    const locked = facts.accounts.filter(
      account => defaultNames.includes(account.name) && isPersonal(account, facts.loginKeys),
    )
    const others = problems
      .map(({ key }) => key)
      .filter(key => (key === name ? !mends : asks.length > 0 || !locked.some(account => account.name === key)))
    return partly(
      asks,
      others,
      text(
        `nicht dein Konto oder keine Regel von sudo: ${others.join(', ')}`,
        `not yours, or no rule of sudo's: ${others.join(', ')}`,
      ),
    )
  },
  guide: 'passwordless-sudo',
})
