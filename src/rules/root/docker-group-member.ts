import { directory, keysElsewhere, whoCanLogIn } from '../../model/logins.js'
import { judgeUnless, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** Members read or write the disk, the memory or the password hashes, or start a container that does. */
const rootByAnotherName = ['docker', 'lxd', 'incus-admin', 'libvirt', 'disk', 'kmem', 'shadow']

export default rule({
  id: 'root/docker-group-member',
  severity: 'high',
  title: text('Niemand ist über eine Gruppe heimlich root', 'Nobody is root in secret, through a group'),
  problem: text(
    '{account} ist in der Gruppe {group} und damit so gut wie root.',
    '{account} is in the group {group}, which is as good as root.',
  ),
  why: text(
    'Bei docker oder lxd genügt ein Befehl, um root zu werden, ohne Passwort und ohne Spur im sudo-Protokoll.',
    'With docker or lxd one command is enough to become root, without a password and without a trace in the log of sudo.',
  ),
  looksAt: text(
    'die Gruppen aller Konten, die sich anmelden können, auch die Hauptgruppe',
    'the groups of every account that can log in, the primary one too',
  ),
  references: ['Docker docs: Docker daemon attack surface', 'BSI SYS.1.6.A18', 'BSI SYS.1.6.A17'],
  needs: ['effective', 'accounts', 'loginKeys', 'system'],

  evaluate(facts) {
    const { effective, accounts, loginKeys, system } = facts
    return judgeUnless(
      whoCanLogIn(effective, accounts, loginKeys, system.now)
        .filter(account => account.uid !== 0)
        .flatMap(account =>
          account.groups
            .filter(group => rootByAnotherName.includes(group))
            .map(group => ({ key: `${account.name}:${group}`, values: { account: account.name, group } })),
        ),
      keysElsewhere(effective) ?? directory(facts),
    )
  },

  guide: 'docker-group-member',
})
