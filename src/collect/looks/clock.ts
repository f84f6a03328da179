import type { ClockFacts } from '../../model/facts.js'
import { look, must, pairs } from '../look.js'

export default look({
  section: 'clock',
  limit: 8,
  sh: String.raw`
for u in systemd-timesyncd chrony chronyd ntp ntpsec ntpd openntpd; do
  if systemctl -q is-active $u 2>/dev/null; then kv service $u; kv active yes; break; fi
done
[ -n "$(systemctl list-unit-files --no-legend systemd-timesyncd.service 2>/dev/null)" ] && kv timesyncd yes || kv timesyncd no
if [ "$(systemd-detect-virt --container)" != none ]; then kv synchronised no; exit 0; fi
if [ -e /run/systemd/timesync/synchronized ]; then kv synchronised yes
else kv synchronised "$(timeout 5 timedatectl show -p NTPSynchronized --value)"; fi
`,
  parse(raw): ClockFacts {
    const map = pairs(raw.text)
    return {
      synchronised: must(map, 'synchronised') === 'yes',
      service: map.get('service') ?? '',
      active: map.get('active') === 'yes',
      timesyncdInstalled: must(map, 'timesyncd') === 'yes',
    }
  },
})
