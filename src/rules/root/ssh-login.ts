import { foreignSsh } from '../../model/foreign-ssh.js'
import { directory, doorOpen, setInMatch, shutByGroups, viewsOf, whereSet } from '../../model/logins.js'
import { judge, judgeUnless, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'root/ssh-login',
  severity: 'high',
  title: text('root meldet sich nicht per SSH an', 'root does not log in over SSH'),
  problem: text('root kann sich direkt anmelden ({how}).', 'root can log in directly ({how}).'),
  why: text(
    'Den Namen kennt jeder; wer das Passwort hat, hat alles. Und niemand sieht hinterher, wer es war.',
    'Everybody knows the name; whoever has the password has everything. And nobody sees afterwards who it was.',
  ),
  looksAt: text(
    'was sshd wirklich anwendet (sshd -T), für root, von deiner und einer fremden Adresse',
    'what sshd really applies (sshd -T), for root, from your address and a foreign one',
  ),
  references: ['sshd_config(5) PermitRootLogin', 'BSI SYS.1.3.A8', 'CIS Debian 12 5.1.20', 'CIS Debian 13 5.1.21'],
  needs: ['effective', 'accounts', 'sshd'],

  evaluate(facts) {
    const { effective, accounts, sshd } = facts
    const root = accounts.find(account => account.name === 'root')
    if (!root) return judge([])
    const views = viewsOf(effective, 'root')
    const first = views.find(view => doorOpen(view, root))
    const hidden = () => (views.some(view => shutByGroups(view, root)) ? directory(facts) : null)
    if (!first) return judgeUnless([], foreignSsh(facts) ?? hidden())
    return judge([
      {
        key: 'root',
        values: { how: `PermitRootLogin ${first.settings['permitrootlogin']?.[0] ?? ''}` },
        ...(whereSet(sshd.files, 'PermitRootLogin') && { where: whereSet(sshd.files, 'PermitRootLogin')! }),
      },
    ])
  },

  does: text('root meldet sich nicht mehr an', 'root no longer logs in'),
  fix: ({ sshd }) => [
    {
      kind: 'setting',
      stage: 'close',
      keyword: 'PermitRootLogin',
      values: ['no'],
      matchAll: setInMatch(sshd.files, 'PermitRootLogin', 'no'),
    },
  ],
  guide: 'root-login',
})
