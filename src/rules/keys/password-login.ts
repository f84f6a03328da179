import type { Change } from '../../model/change.js'
import {
  anyoneOnTheWire,
  glance,
  matchesThatSet,
  offeredAgainstFiles,
  passwordAlone,
  setInMatch,
  viewsOf,
  whereSet,
} from '../../model/logins.js'
import { judge, type Problem, rule } from '../../model/rule.js'
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
    const { effective, accounts, sshd } = facts
    const able = accounts.filter(account => account.shellRuns)
    const open = able.filter(account => viewsOf(effective, account.name).some(view => passwordAlone(view, account)))
    const where = whereSet(sshd.files, 'PasswordAuthentication')
    // everybody but root (whom PermitRootLogin may leave out): one problem says it better than thirty
    const everyone = open.length > 0 && able.every(account => account.uid === 0 || open.includes(account))
    // an exception by Match stays open when the general setting is mended: it is named by itself
    const exceptions = matchesThatSet(sshd.files, 'PasswordAuthentication', 'no')
    if (everyone)
      return judge([
        { key: 'everyone', values: { who: text('Jedes Konto', 'Any account') }, ...(where && { where }) },
        ...exceptions.map(
          (block): Problem => ({
            key: block.match,
            values: { who: text(`Wer unter „${block.match}“ fällt,`, `Whoever "${block.match}" applies to`) },
            where: block.where,
          }),
        ),
      ])
    if (open.length === 0 && offeredAgainstFiles(effective, glance(facts, 'wire'), 'password'))
      return judge([{ key: 'wire', values: { who: anyoneOnTheWire } }])
    const [exception] = exceptions
    return judge(
      open.map(
        (account): Problem => ({
          key: account.name,
          values: { who: account.name },
          ...(exception && { where: exception.where }),
        }),
      ),
    )
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
