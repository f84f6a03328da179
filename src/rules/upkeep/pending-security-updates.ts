import { judge, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'upkeep/pending-security-updates',
  severity: 'high',
  title: text('Alle Sicherheitsupdates sind eingespielt', 'All security updates are installed'),
  problem: text('Sicherheitsupdates stehen aus: {names}.', 'Security updates wait: {names}.'),
  why: text(
    'Mit dem Update wird auch die Lücke bekannt; ab da wird sie überall ausprobiert.',
    'With the update the hole becomes known as well; from then on it is tried everywhere.',
  ),
  looksAt: text(
    'was apt einspielen würde, nur simuliert (apt-get -s)',
    'what apt would install, without doing it (apt-get -s)',
  ),
  references: ['apt-get(8)', 'BSI OPS.1.1.3', 'BSI Grundschutz++ KONF.8.1'],
  needs: ['updates'],

  evaluate({ updates }) {
    const { manager, pendingSecurity: names, listsAgeDays: age } = updates
    if (manager !== 'apt') return unknown(text('Riegel fragt nur apt', 'Riegel asks apt only'))
    if (names === null && age === null)
      return unknown(
        text(
          'eine Paketliste eines Sicherheitsarchivs ist nicht da (Quellen prüfen, apt-get update)',
          'there is no package list of a security archive (check the sources, apt-get update)',
        ),
      )
    if (names === null) return unknown(text('apt gab keine Auskunft', 'apt gave no answer'))
    if (names.length > 0) {
      const more = names.length - 5
      const shown = names.slice(0, 5).join(', ')
      return judge([
        {
          key: 'packages',
          values: { names: more > 0 ? text(`${shown} und ${more} weitere`, `${shown} and ${more} more`) : shown },
        },
      ])
    }
    if (age === null || age > 7)
      return unknown(
        text(
          'die Paketlisten sind veraltet (apt-get update), oder für diese Version kommt nichts mehr',
          'the package lists are out of date (apt-get update), or nothing comes for this release any more',
        ),
      )
    return judge([])
  },

  guide: 'pending-security-updates',
})
