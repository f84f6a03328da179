import { setInMatch, value, whereSet } from '../../model/logins.js'
import { judge, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'keys/empty-password-login',
  severity: 'critical',
  title: text('Ein leeres Passwort öffnet nichts', 'An empty password opens nothing'),
  problem: text('sshd nimmt leere Passwörter an ({key} yes).', 'sshd accepts empty passwords ({key} yes).'),
  why: text(
    'Ein Konto ohne Passwort ist dann für alle offen, die seinen Namen kennen.',
    'An account without a password is then open to everybody who knows its name.',
  ),
  looksAt: text('sshd -T, auch in jedem Match-Block', 'sshd -T, behind every Match too'),
  references: ['sshd_config(5) PermitEmptyPasswords', 'CIS Debian 12 5.1.19', 'CIS Debian 13 5.1.20'],
  needs: ['effective', 'sshd'],

  evaluate({ effective, sshd }) {
    const where = whereSet(sshd.files, 'PermitEmptyPasswords')
    return judge(
      effective.views.some(view => value(view, 'permitemptypasswords') === 'yes')
        ? [{ key: 'PermitEmptyPasswords', ...(where && { where }) }]
        : [],
    )
  },

  does: text('leere Passwörter werden abgewiesen', 'empty passwords are refused'),
  fix: ({ sshd }) => [
    {
      kind: 'setting',
      stage: 'close',
      keyword: 'PermitEmptyPasswords',
      values: ['no'],
      matchAll: setInMatch(sshd.files, 'PermitEmptyPasswords', 'no'),
    },
  ],
  guide: 'empty-password',
})
