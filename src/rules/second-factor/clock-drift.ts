import { hasOwnClock, synchronise } from '../../model/clock.js'
import { asksForCode, parseStack } from '../../model/pam-stack.js'
import { judgeUnless, notApplicable, type Problem, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** seconds that a code is good for */
const step = 30

export default rule({
  id: 'second-factor/clock-drift',
  severity: 'medium',
  title: text('Die Uhr des Servers passt zu den Codes', "The server's clock agrees with the codes"),
  problem: text('{what}.', '{what}.'),
  why: text(
    'Ein Code gilt 30 Sekunden nach der Uhr des Servers. Geht sie falsch, weist er auch dich ab.',
    "A code is good for 30 seconds by the server's clock. Where that is wrong it refuses you as well.",
  ),
  looksAt: text(
    'die Uhr des Servers gegen die dieses Rechners, und ob sie abgeglichen wird (timedatectl)',
    "the server's clock against this computer's, and whether it is synchronised (timedatectl)",
  ),
  references: ['RFC 6238, 6', 'timedatectl(1)', 'systemd-timesyncd.service(8)'],
  needs: ['secondFactor', 'clock', 'system'],

  evaluate({ secondFactor, clock, system }) {
    if (!parseStack(secondFactor.auth).modules.some(asksForCode))
      return notApplicable(
        text('kein zweiter Faktor nach der Zeit ist eingerichtet', 'no second factor by time is set up'),
      )
    if (!hasOwnClock(system))
      return notApplicable(text('ein Container hat die Uhr seines Hosts', 'a container has the clock of its host'))
    const { drift, synchronised, unanswered } = clock
    const off = Math.abs(drift ?? 0)
    const problems: Problem[] = [
      ...(off > step
        ? [
            {
              key: 'drift',
              values: {
                what:
                  (drift ?? 0) > 0
                    ? text(
                        `Die Uhr des Servers geht gegenüber deiner ${off} s vor`,
                        `The server's clock is ${off} s ahead of yours`,
                      )
                    : text(
                        `Die Uhr des Servers geht gegenüber deiner ${off} s nach`,
                        `The server's clock is ${off} s behind yours`,
                      ),
              },
            },
          ]
        : []),
      ...(synchronised || unanswered
        ? []
        : [
            {
              key: 'clock',
              values: {
                what: text('Die Uhr des Servers wird nicht abgeglichen', "The server's clock is not synchronised"),
              },
            },
          ]),
    ]
    if (problems.length === 0 && drift === undefined)
      return unknown(text('die Uhren wurden nicht verglichen', 'the clocks were not compared'))
    return judgeUnless(
      problems,
      unanswered
        ? text('timedatectl sagt nicht, ob sie abgeglichen wird', 'timedatectl does not say whether it is synchronised')
        : null,
    )
  },

  does: text('Uhr wird abgeglichen (systemd-timesyncd)', 'clock synchronised (systemd-timesyncd)'),
  fix({ clock, system }) {
    if (clock.synchronised)
      return {
        refuse: text(
          'der Server gleicht seine Uhr schon ab: falsch geht wohl die dieses Rechners',
          "the server synchronises its clock already: it is probably this computer's that is wrong",
        ),
      }
    return synchronise(clock, system)
  },
  guide: 'clock',
})
