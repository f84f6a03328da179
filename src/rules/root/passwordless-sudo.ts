import { askForPassword } from '../../model/admin.js'
import { defaultNames, othersHidden, rootWithoutPassword, whoCanLogIn } from '../../model/logins.js'
import { judgeUnless, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

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
    const { effective, accounts, loginKeys, sudo, system } = facts
    return judgeUnless(
      whoCanLogIn(effective, accounts, loginKeys, system.now)
        .filter(account => account.uid !== 0 && rootWithoutPassword(sudo, account))
        .map((account): Problem => {
          const bySudo = rootWithoutPassword({ ...sudo, doasNopass: [], suTrustGroup: null }, account)
          return { key: account.name, values: { how: bySudo ? 'sudo, NOPASSWD' : 'doas, su' } }
        }),
      othersHidden(facts),
    )
  },

  does: text('sudo fragt nach einem Passwort', 'sudo asks for a password'),
  fix(facts, problems, choices) {
    if (choices.sudo !== 'password')
      return { refuse: text('bleibt offen, wie von dir gewählt', 'stays open, as you wanted it') }
    // whether nobody else does could not be read back
    const hidden = othersHidden(facts)
    if (hidden) return { refuse: hidden }
    const { name } = choices.account
    const own = problems.find(problem => problem.key === name)
    const bySudo = own?.values?.['how'] !== 'doas, su'
    if (own && bySudo) return askForPassword(facts, name)
    // who has a default name is locked by names/default-login-account
    const others = problems.filter(({ key }) => key === name || !defaultNames.includes(key)).map(({ key }) => key)
    if (others.length === 0) return []
    return {
      refuse: text(
        `nicht dein Konto oder nicht aus sudo: ${others.join(', ')}`,
        `not yours, or not sudo's doing: ${others.join(', ')}`,
      ),
    }
  },
  guide: 'passwordless-sudo',
})
