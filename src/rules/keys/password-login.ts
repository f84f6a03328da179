import type { Change } from '../../model/change.js'
import { foreignSsh } from '../../model/foreign-ssh.js'
import { glance, passwordAlone, setInMatch } from '../../model/logins.js'
import { passwordProblems, strangersBy } from '../../model/password-problems.js'
import { judgeUnless, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'keys/password-login',
  severity: 'critical',
  title: text('Niemand meldet sich mit einem Passwort an', 'Nobody logs in with a password'),
  problem: text('{who} kann sich mit einem Passwort anmelden.', '{who} can log in with a password.'),
  why: text(
    'Bots raten Tag und Nacht; ein Treffer genügt, und dein Server verschickt Spam.',
    'Bots guess day and night; one hit is enough and your server sends spam.',
  ),
  looksAt: text(
    'sshd -T für jedes Konto, von jeder Adresse, die ein Match-Block nennt; und was der Server beim Anmelden anbietet',
    'sshd -T for every account, from every place a Match names; and what the server offers at login',
  ),
  references: ['sshd_config(5) PasswordAuthentication', 'BSI SYS.1.3.A8', 'NIST SP 800-63B'],
  needs: ['effective', 'accounts', 'sshd'],

  evaluate(facts) {
    const way = { keywords: ['PasswordAuthentication'], method: 'password', alone: passwordAlone } as const
    return judgeUnless(passwordProblems(facts, way), foreignSsh(facts) ?? strangersBy(facts, way))
  },

  does: text('niemand meldet sich mehr mit Passwort an', 'nobody logs in with a password any more'),
  fix(facts) {
    const off: Change = {
      kind: 'setting',
      stage: 'close',
      keyword: 'PasswordAuthentication',
      values: ['no'],
      matchAll: setInMatch(facts.sshd.files, 'PasswordAuthentication', 'no'),
    }
    // cloud-init writes its own answer anew whenever the instance gets a new id
    const told: Change = {
      kind: 'file',
      stage: 'close',
      path: '/etc/cloud/cloud.cfg.d/99-riegel.cfg',
      content: 'ssh_pwauth: false\n',
      mode: 0o644,
    }
    return (glance(facts, 'system')?.cloudInit ?? 'absent') === 'absent' ? [off] : [off, told]
  },
  guide: 'password-login',
})
