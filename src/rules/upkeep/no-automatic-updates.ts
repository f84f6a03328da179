import type { Change } from '../../model/change.js'
import type { SystemFacts, UpdateFacts } from '../../model/facts.js'
import { judgeUnless, rule, unknown } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'
import { coversSecurity, securityOrigin } from '../../services/update-origins.js'

const on = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0'

/** What keeps security updates from being installed by themselves. */
const gaps = (updates: UpdateFacts, system: SystemFacts): { key: string; what: Text }[] => {
  if (!updates.unattendedInstalled)
    return [
      {
        key: 'package',
        what: text('unattended-upgrades ist nicht installiert', 'unattended-upgrades is not installed'),
      },
    ]
  const setting = (name: string) => updates.config[`APT::Periodic::${name}`]
  const off = ['Update-Package-Lists', 'Unattended-Upgrade'].filter(name => !on(setting(name)))
  const enable = setting('Enable')
  if (enable !== undefined && !on(enable)) off.push('Enable')
  const timed = system.init !== 'systemd' || (updates.timerEnabled && updates.timerActive)
  return [
    ...off.map(name => ({
      key: `APT::Periodic::${name}`,
      what: text(`APT::Periodic::${name} ist aus`, `APT::Periodic::${name} is off`),
    })),
    ...(timed
      ? []
      : [{ key: 'timer', what: text('apt-daily-upgrade.timer läuft nicht', 'apt-daily-upgrade.timer does not run') }]),
    ...(system.init === 'systemd' && updates.listsTimed === false
      ? [{ key: 'lists-timer', what: text('apt-daily.timer läuft nicht', 'apt-daily.timer does not run') }]
      : []),
    ...(coversSecurity(updates.origins, system, updates.archives) !== false
      ? []
      : [
          {
            key: 'origins',
            what: text('keine Quelle passt auf die Sicherheitsupdates', 'no origin matches the security updates'),
          },
        ]),
  ]
}

/** Why nothing that was found is no pass. */
const hidden = ({ origins, archives, listsTimed }: UpdateFacts, system: SystemFacts): Text | null => {
  if (coversSecurity(origins, system, archives) === null)
    return text(
      'ob eine Quelle auf die Sicherheitsupdates passt, ist ohne deren Paketliste nicht zu sehen',
      'whether an origin matches the security updates cannot be seen without their package list',
    )
  if (system.init === 'systemd' && listsTimed === undefined)
    return text('apt-daily.timer wurde nicht angesehen', 'apt-daily.timer was not looked at')
  return null
}

export default rule({
  id: 'upkeep/no-automatic-updates',
  severity: 'medium',
  title: text('Sicherheitsupdates werden automatisch eingespielt', 'Security updates install themselves'),
  problem: text(
    'Sicherheitsupdates werden nicht automatisch eingespielt: {what}.',
    'Security updates do not come by themselves: {what}.',
  ),
  why: text(
    'Zwischen Bekanntwerden und Angriff liegen oft nur Stunden; so schnell bist du von Hand nicht, schon gar nicht im Urlaub.',
    'Between a hole being known and being used there are often only hours; nobody is that fast by hand, least of all on holiday.',
  ),
  looksAt: text(
    'unattended-upgrades, was apt-config dazu sagt, seine Quellen, apt-daily.timer und apt-daily-upgrade.timer',
    'unattended-upgrades, what apt-config says of it, its origins, apt-daily.timer and apt-daily-upgrade.timer',
  ),
  references: ['unattended-upgrade(8)', 'BSI OPS.1.1.3', 'BSI Grundschutz++ KONF.8.1.1'],
  needs: ['updates', 'system'],

  evaluate({ updates, system }) {
    if (updates.manager !== 'apt') return unknown(text('Riegel fragt nur apt', 'Riegel asks apt only'))
    return judgeUnless(
      gaps(updates, system).map(({ key, what }) => ({ key, values: { what } })),
      hidden(updates, system),
    )
  },

  does: text(
    'automatische Sicherheitsupdates (unattended-upgrades)',
    'security updates by themselves (unattended-upgrades)',
  ),
  fix({ updates, system }) {
    const wrong = gaps(updates, system).map(({ key }) => key)
    const origin = wrong.includes('origins') ? securityOrigin(system) : null
    const changes: Change[] = []
    if (!updates.unattendedInstalled) changes.push({ kind: 'package', stage: 'after', name: 'unattended-upgrades' })
    changes.push({
      kind: 'file',
      stage: 'after',
      path: '/etc/apt/apt.conf.d/99riegel-auto-upgrades',
      content: `APT::Periodic::Enable "1";\nAPT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n${
        origin === null ? '' : `Unattended-Upgrade::Origins-Pattern { "${origin}"; };\n`
      }`,
      mode: 0o644,
    })
    if (system.init === 'systemd') changes.push({ kind: 'service', stage: 'after', unit: 'apt-daily-upgrade.timer' })
    if (wrong.includes('lists-timer')) changes.push({ kind: 'service', stage: 'after', unit: 'apt-daily.timer' })
    return changes
  },
  guide: 'automatic-updates',
})
