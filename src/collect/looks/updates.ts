import type { UpdateFacts } from '../../model/facts.js'
import { look, must, pairs, rows, whole } from '../look.js'

/** apt only, by apt's own word; nothing is fetched and no cache is written (traps T55). */
export default look({
  section: 'updates',
  limit: 25,
  slow: true,
  sh: String.raw`
if ! have apt-get; then kv manager other; exit 0; fi
kv manager apt
[ "$(dpkg-query -W -f '${'$'}{db:Status-Status}' unattended-upgrades 2>/dev/null)" = installed ] && kv unattended yes || kv unattended no
apt-config dump | sed -n -e 's/^\(APT::Periodic::[A-Za-z-]*\) "\(.*\)";$/C	\1	\2/p' -e 's/^Unattended-Upgrade::\(Origins-Pattern\|Allowed-Origins\):: "\(.*\)";$/O	\2/p'
kv timer "$(systemctl is-enabled apt-daily-upgrade.timer 2>/dev/null) $(systemctl is-active apt-daily-upgrade.timer 2>/dev/null)"
newest=$(stat -c %Y /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Packages /var/lib/apt/periodic/update-success-stamp 2>/dev/null | sort -n | tail -n 1)
kv lists "${'$'}{newest:-none}"
kv now "$(date +%s)"
# a cache that is newer than all it was made of is only read; else one is made in memory
cache=/var/cache/apt/pkgcache.bin
opts='-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache='
[ -s $cache ] && [ $cache -nt /var/lib/dpkg/status ] && [ -z "$(find /var/lib/apt/lists /etc/apt -newer $cache -print -quit)" ] && opts=
if out=$(apt-get -s -q -o Debug::NoLocking=1 -o APT::Get::Show-User-Simulation-Note=0 $opts dist-upgrade 2>/dev/null); then
  kv simulated yes; printf '%s\n' "$out" | sed -n 's/^Inst \([^ ]*\) .*\((.*\)$/I	\1	\2/p' | head -n 2000
else kv simulated no; fi
true
`,
  parse(raw): UpdateFacts {
    const map = pairs(raw.text)
    const manager = must(map, 'manager') === 'apt' ? 'apt' : 'other'
    if (manager === 'other')
      return {
        manager,
        unattendedInstalled: false,
        config: {},
        origins: [],
        timerEnabled: false,
        timerActive: false,
        pendingSecurity: null,
        listsAgeDays: null,
      }
    const lists = must(map, 'lists')
    const [enabled, active] = must(map, 'timer').split(' ')
    return {
      manager,
      unattendedInstalled: must(map, 'unattended') === 'yes',
      config: Object.fromEntries(rows(raw.text, 'C').map(([name, value]) => [name!, value ?? ''])),
      origins: rows(raw.text, 'O').map(([origin]) => origin!),
      timerEnabled: enabled === 'enabled' || enabled === 'static',
      timerActive: active === 'active',
      pendingSecurity:
        must(map, 'simulated') === 'yes' && lists !== 'none'
          ? rows(raw.text, 'I')
              .filter(([, from]) => /[- ]security/i.test(from ?? ''))
              .map(([name]) => name!)
          : null,
      listsAgeDays: lists === 'none' ? null : Math.floor((whole(must(map, 'now')) - whole(lists)) / 86400),
    }
  },
})
