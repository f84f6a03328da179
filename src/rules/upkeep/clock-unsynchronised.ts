import { hasOwnClock, synchronise } from '../../model/clock.js'
import { judge, notApplicable, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'upkeep/clock-unsynchronised',
  severity: 'low',
  title: text('Die Uhr geht richtig', 'The clock is right'),
  problem: text('Die Uhr wird nicht abgeglichen ({service}).', 'The clock is not synchronised ({service}).'),
  why: text(
    'Geht die Uhr falsch, scheitern Zertifikatsprüfungen und Einmalcodes, und die Zeiten im Protokoll stimmen nicht.',
    'With a wrong clock, checks of certificates and one-time codes fail, and the times in the logs are not right.',
  ),
  looksAt: text(
    'ob die Uhr abgeglichen ist (timedatectl) und wer das tut',
    'whether the clock is synchronised (timedatectl) and who does it',
  ),
  references: ['systemd-timesyncd.service(8)', 'timedatectl(1)', 'BSI OPS.1.1.5'],
  needs: ['clock', 'system'],

  evaluate({ clock, system }) {
    if (!hasOwnClock(system))
      return notApplicable(text('ein Container hat die Uhr seines Hosts', 'a container has the clock of its host'))
    if (clock.unanswered)
      return unknown(
        text('timedatectl sagt nicht, ob die Uhr abgeglichen ist', 'timedatectl does not say whether the clock is'),
      )
    const service = clock.active
      ? text(`${clock.service} läuft`, `${clock.service} runs`)
      : text('kein Dienst dafür läuft', 'no service for it runs')
    return judge(clock.synchronised ? [] : [{ key: 'clock', values: { service } }])
  },

  does: text('Uhr wird abgeglichen (systemd-timesyncd)', 'clock synchronised (systemd-timesyncd)'),
  fix: ({ clock, system }) => synchronise(clock, system),
  guide: 'clock',
})
