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
kv timer "$(units apt-daily-upgrade.timer | { read -r u e a; echo "$e $a"; })"
newest=$(stat -c %Y /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Packages /var/lib/apt/periodic/update-success-stamp 2>/dev/null | sort -n | tail -n 1)
kv lists "${'$'}{newest:-none}"
kv now "$(date +%s)"
# a cache that is newer than all it was made of is only read; else one is made in memory
cache=/var/cache/apt/pkgcache.bin
opts='-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache='
[ -s $cache ] && [ $cache -nt /var/lib/dpkg/status ] && [ -z "$(find /var/lib/apt/lists /etc/apt -newer $cache -print -quit)" ] && opts=
# versions above the installed one that a security archive has; asking apt what it would do takes ten times as long
if names=$(dpkg-query -W -f '${'$'}{db:Status-Abbrev} ${'$'}{binary:Package}\n' | awk '$1 ~ /^.i/ { print $2 }') && out=$(apt-cache $opts policy $names 2>/dev/null) && [ -n "$out" ]; then
  kv asked yes
  printf '%s\n' "$out" | awk '
    /^[^ ]/ { name = $1; sub(/:$/, "", name); newer = 0; next }
    /^  Version table:/ { newer = 1; next }
    /^ \*\*\* / { newer = 0; next }
    newer && /^        / && tolower($0) ~ /security/ { printf "I\t%s\t%s\n", name, $0; newer = 0 }' | head -n 2000
else kv asked no; fi
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
        must(map, 'asked') === 'yes' && lists !== 'none'
          ? rows(raw.text, 'I')
              .filter(([, from]) => /[- ]security/i.test(from ?? ''))
              .map(([name]) => name!)
          : null,
      listsAgeDays: lists === 'none' ? null : Math.floor((whole(must(map, 'now')) - whole(lists)) / 86400),
    }
  },
})
