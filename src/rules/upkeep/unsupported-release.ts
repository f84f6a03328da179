import { judge, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'
import { endOf, readable, releaseOf } from '../../services/releases.js'

export default rule({
  id: 'upkeep/unsupported-release',
  severity: 'critical',
  title: text('Für diese Version gibt es Sicherheitsupdates', 'There are security updates for this release'),
  problem: text(
    '{name} bekommt seit dem {until} keine Sicherheitsupdates mehr.',
    '{name} has had no security updates since {until}.',
  ),
  why: text(
    'Jede Lücke, die seither bekannt wurde, steht offen und bleibt es.',
    'Every hole that has become known since is open and will stay so.',
  ),
  looksAt: text(
    'Distribution und Version aus /etc/os-release gegen die Enddaten von Debian (mit LTS) und Ubuntu',
    'distribution and version in /etc/os-release against the end dates of Debian (with LTS) and Ubuntu',
  ),
  references: ['distro-info-data 0.58', 'BSI OPS.1.1.3', 'BSI Grundschutz++ KONF.8.1'],
  needs: ['system'],

  evaluate({ system }) {
    const release = releaseOf(system.os, system.osVersion)
    if (!release) {
      const name = system.prettyName || `${system.os} ${system.osVersion}`
      return unknown(
        text(
          `bis wann ${name} Updates bekommt, ist hier nicht bekannt`,
          `until when ${name} gets updates is not known here`,
        ),
      )
    }
    if (system.now < endOf(release)) return judge([])
    return judge([
      { key: `${release.os} ${release.version}`, values: { name: release.name, until: readable(release.until) } },
    ])
  },

  guide: 'unsupported-release',
})
