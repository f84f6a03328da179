import type { UpdateFacts } from '../../model/facts.js'
import { look, must, pairs, rows, whole } from '../look.js'

/** apt only, by apt's own word; nothing is fetched and no cache is written (traps T55). */
/** The archives of the lists, each once; one whose head does not say all of it is no archive to compare with. */
const archivesOf = (text: string): NonNullable<UpdateFacts['archives']> => {
  const heads = text.split(/^A$/m).slice(1)
  const found = heads.flatMap(head => {
    const map = new Map(rows(head, 'L').map(([line = '']) => line.split(/:\s*/, 2) as [string, string]))
    const [origin, label, codename, archive] = ['Origin', 'Label', 'Codename', 'Suite'].map(name => map.get(name))
    return origin && label && codename && archive ? [{ origin, label, codename, archive }] : []
  })
  return [...new Map(found.map(archive => [JSON.stringify(archive), archive])).values()]
}

const timed = (states: string): { enabled: boolean; active: boolean } => {
  const [enabled, active] = states.split(' ')
  return { enabled: enabled === 'enabled' || enabled === 'static', active: active === 'active' }
}

export default look({
  section: 'updates',
  limit: 25,
  beside: true,
  units: ['apt-daily-upgrade.timer', 'apt-daily.timer'],
  sh: String.raw`
if ! have apt-get; then kv manager other; exit 0; fi
kv manager apt
# an installed package has the i in second place
installed=$(dpkg-query -W -f '${'$'}{db:Status-Abbrev} ${'$'}{Package} ${'$'}{Version} ${'$'}{binary:Package}\n') || exit 70
case $installed in *"${'$'}{nl}"?"i  unattended-upgrades "*) unattended=yes ;; *) unattended=no ;; esac
kv unattended $unattended
# without the package its settings say nothing
[ "$unattended" = no ] || apt-config dump | sed -n -e 's/^\(APT::Periodic::[A-Za-z-]*\) "\(.*\)";$/C	\1	\2/p' -e 's/^Unattended-Upgrade::\(Origins-Pattern\|Allowed-Origins\):: "\(.*\)";$/O	\2/p'
for u in $UNITS; do unit $u && kv ${'$'}{u%.timer} "$BOOT $ACTIVE" || kv ${'$'}{u%.timer} ' '; done
# only the security archive's own list says how old it is: a stamp or another list may be newer than it
set -- /var/lib/apt/lists/*[Ss]ecurity*_dists_*Release /var/lib/apt/lists/*_dists_*[Ss]ecurity*Release
# what a subscription adds (Ubuntu Pro) changes seldom
for f; do
  shift
  case $f in *esm*|*infra-security*|*apps-security*) ;; *) set -- "$@" "$f" ;; esac
done
oldest=none
for t in $(stat -c %Y "$@" 2>/dev/null); do
  [ $oldest = none ] || [ $t -lt $oldest ] && oldest=$t
done
kv lists $oldest
# what unattended-upgrades compares its patterns with stands at the head of them
[ $unattended = no ] || for f; do
  [ -r "$f" ] || continue
  printf 'A\n'
  while IFS= read -r line; do
    case $line in
      Origin:*|Label:*|Suite:*|Codename:*) printf 'L\t%s\n' "$line" ;;
      Components:*|MD5Sum:*|SHA256:*) break ;;
    esac
  done <"$f"
done
clocks; kv now "${'$'}{NOW%.*}"
# packages of which a security archive has a newer version; where its list is packed or cannot be read: all
set -- /var/lib/apt/lists/*[Ss]ecurity*_Packages.*; [ -e "$1" ] && whole=no || whole=yes
listed=yes
for f in /var/lib/apt/lists/*[Ss]ecurity*_Packages; do
  [ -r "$f" ] && continue
  [ -e "$f" ] && whole=no || [ $whole = no ] || listed=no
done
if [ $whole = no ]; then names=$(printf '%s\n' "$installed" | awk '$1 ~ /^.i/ { print $4 }')
else
  set -- /var/lib/apt/lists/*[Ss]ecurity*_Packages; [ $listed = yes ] || set -- /dev/null
  last=
  names=$({ printf '%s\n' "$installed"; echo; grep -hE '^(Package|Version): ' "$@"; } | awk '
    $0 == "" { listed = 1; next }
    !listed { if ($1 ~ /^.i/) { names[$2] = names[$2] " " $4; v = $3; if ($2 in has && has[$2] != v) v = 0; has[$2] = v } next }
    $1 == "Package:" { p = $2; next }
    p in has && has[p] != $2 { print has[p], $2, names[p] }' | while read -r has there all; do
    # what was built together has one version
    [ "$has $there" = "$last" ] || { last="$has $there"; dpkg --compare-versions "$has" lt "$there"; newer=$?; }
    # only a plain no takes it off the list
    [ $newer -eq 1 ] || printf '%s\n' "$all"
  done)
fi
# by apt's own word, pins included; asking it what it would do takes ten times as long. A cache that is newer than all it
# was made of is only read; else one is made in memory
policy() {
  cache=/var/cache/apt/pkgcache.bin
  in_memory='-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=' opts=
  [ -s $cache ] && [ $cache -nt /var/lib/dpkg/status ] || opts=$in_memory
  for f in /var/lib/apt/lists /var/lib/apt/lists/* /etc/apt /etc/apt/* /etc/apt/*/*; do [ $f -nt $cache ] && opts=$in_memory; done
  apt-cache $opts policy $names 2>/dev/null
}
# where there is no such list, nothing that is newer can be known
if [ $listed = no ]; then kv asked no
elif [ -z "$names" ]; then kv asked yes
elif out=$(policy) && [ -n "$out" ]; then
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
    const installing = timed(must(map, 'apt-daily-upgrade'))
    const listing = timed(must(map, 'apt-daily'))
    return {
      manager,
      unattendedInstalled: must(map, 'unattended') === 'yes',
      config: Object.fromEntries(rows(raw.text, 'C').map(([name, value]) => [name!, value ?? ''])),
      origins: rows(raw.text, 'O').map(([origin]) => origin!),
      timerEnabled: installing.enabled,
      timerActive: installing.active,
      listsTimed: listing.enabled && listing.active,
      archives: archivesOf(raw.text),
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
