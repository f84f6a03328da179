import type { ClockFacts } from '../../model/facts.js'
import { look, must, pairs } from '../look.js'

export default look({
  section: 'clock',
  limit: 8,
  units: ['systemd-timesyncd', 'chrony', 'chronyd', 'ntp', 'ntpsec', 'ntpd', 'openntpd'].map(name => `${name}.service`),
  sh: `
there=no
for u in $UNITS; do
  unit $u || continue
  [ $u = systemd-timesyncd.service ] && [ $BOOT != not-found ] && there=yes
  [ $ACTIVE = active ] && { kv service "${'$'}{u%.service}"; kv active yes; }
done
kv timesyncd $there
container
if [ "$CONTAINER" != none ]; then kv synchronised no; exit 0; fi
if [ -e /run/systemd/timesync/synchronized ]; then kv synchronised yes
else kv synchronised "$(timeout 5 timedatectl show -p NTPSynchronized --value)"; fi
`,
  parse(raw): ClockFacts {
    const map = pairs(raw.text)
    const synchronised = must(map, 'synchronised')
    return {
      synchronised: synchronised === 'yes',
      ...(synchronised !== 'yes' && synchronised !== 'no' && { unanswered: true }),
      service: map.get('service') ?? '',
      active: map.get('active') === 'yes',
      timesyncdInstalled: must(map, 'timesyncd') === 'yes',
    }
  },
})
