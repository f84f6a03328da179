import { setInMatch, value, whereSet } from '../../model/logins.js'
import { judge, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'keys/hostbased-login',
  severity: 'high',
  title: text('sshd vertraut keinem anderen Rechner', 'No other machine vouches for its users'),
  problem: text(
    'sshd glaubt einem anderen Rechner, wer sich anmeldet ({key} yes).',
    'sshd lets in users whom another machine vouches for ({key} yes).',
  ),
  why: text(
    'Wer auf diesem anderen Rechner root ist, kann sich hier als beliebiger Benutzer anmelden.',
    'Whoever is root on that other machine is any user they like on this one.',
  ),
  looksAt: text(
    'HostbasedAuthentication in sshd -T, auch in jedem Match-Block',
    'HostbasedAuthentication in sshd -T, behind every Match too',
  ),
  references: [
    'sshd_config(5) HostbasedAuthentication',
    'CIS Debian 12 5.1.10, 5.1.11',
    'CIS Debian 13 5.1.10, 5.1.11',
  ],
  needs: ['effective', 'sshd'],

  // .rhosts and .shosts count only while host-based login is on
  evaluate({ effective, sshd }) {
    const where = whereSet(sshd.files, 'HostbasedAuthentication')
    return judge(
      effective.views.some(view => value(view, 'hostbasedauthentication') === 'yes')
        ? [{ key: 'HostbasedAuthentication', ...(where && { where }) }]
        : [],
    )
  },

  does: text('sshd glaubt keinem anderen Rechner mehr', 'no other machine vouches any more'),
  fix: ({ sshd }) => [
    {
      kind: 'setting',
      stage: 'close',
      keyword: 'HostbasedAuthentication',
      values: ['no'],
      matchAll: setInMatch(sshd.files, 'HostbasedAuthentication', 'no'),
    },
    { kind: 'setting', stage: 'close', keyword: 'IgnoreRhosts', values: ['yes'] },
  ],
  guide: 'hostbased-login',
})
