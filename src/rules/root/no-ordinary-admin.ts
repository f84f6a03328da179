import { adminChanges } from '../../model/admin.js'
import { othersHidden } from '../../model/logins.js'
import { asksAnother, ordinaryAdmins } from '../../model/ordinary-admins.js'
import { judge, pass, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'root/no-ordinary-admin',
  severity: 'high',
  title: text(
    'Ein eigenes Konto mit Schlüssel und sudo verwaltet den Server',
    'An account of your own, with a key and sudo, manages the server',
  ),
  problem: text('Außer root kann niemand den Server verwalten.', 'Nobody but root can manage the server.'),
  why: text(
    'Deshalb lässt sich root noch nicht aussperren, ohne dich mit auszusperren.',
    'So root cannot be shut out yet without shutting you out too.',
  ),
  looksAt: text(
    'welches Konto mit einem Schlüssel hineinkommt, eine Shell hat und laut sudo -l root werden kann',
    'which account gets in with a key, has a shell, and may become root by the word of sudo -l',
  ),
  references: ['sudo(8)', 'BSI SYS.1.3.A8', 'BSI SYS.1.1.A2'],
  needs: ['effective', 'accounts', 'loginKeys', 'sudo', 'system'],

  evaluate(facts) {
    const admins = ordinaryAdmins(facts)
    const asked = admins.map(account => asksAnother(facts.sudo, account))
    if (asked.includes(null)) return pass
    const hidden = othersHidden(facts)
    if (hidden) return unknown(hidden)
    const [word] = asked
    if (!word) return judge([{ key: 'admin' }])
    return unknown(
      text(
        `sudo fragt ${admins[0]!.name} nach einem anderen Passwort als dem eigenen (${word})`,
        `sudo asks ${admins[0]!.name} for another password than their own (${word})`,
      ),
    )
  },

  does: text('ein Konto mit deinem Schlüssel und sudo', 'an account with your key and sudo'),
  fix: (facts, _, choices) => adminChanges(choices, facts),
  guide: 'no-ordinary-admin',
})
