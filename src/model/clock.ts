import type { Change } from './change.js'
import type { ClockFacts, SystemFacts } from './facts.js'
import { needsApt } from './guard.js'
import { type Text, text } from './text.js'

/** A container has no clock of its own. */
export const hasOwnClock = ({ container }: SystemFacts): boolean => ['none', 'unknown'].includes(container)

/** Time synchronisation enabled, or why it cannot be. */
export const synchronise = (clock: ClockFacts, system: SystemFacts): readonly Change[] | { readonly refuse: Text } => {
  if (clock.active)
    return {
      refuse: text(
        `${clock.service} läuft schon, erreicht aber keinen Zeitserver (UDP 123)`,
        `${clock.service} runs already but reaches no time server (UDP 123)`,
      ),
    }
  const start = { kind: 'service', stage: 'after', unit: 'systemd-timesyncd.service' } as const
  if (clock.timesyncdInstalled) return [start]
  return needsApt(system) ?? [{ kind: 'package', stage: 'after', name: 'systemd-timesyncd' }, start]
}
