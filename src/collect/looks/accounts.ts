import type { AccountFacts } from '../../model/facts.js'
import { look, rows, whole } from '../look.js'

/** An account that systemd makes for a service while it runs (DynamicUser): it is locked, though not every release says so. */
const isDynamic = (uid: number): boolean => uid >= 61184 && uid <= 65519

const day = (word: string | undefined): number | null => (word ? whole(word) : null)

/** Accounts with the state of their password. The hash stays on the server: awk names its scheme, nothing else. */
export default look({
  section: 'accounts',
  limit: 15,
  sh: String.raw`
need_root
account() {
  r=no; [ -z "$shell" ] && shell=/bin/sh
  [ -f "$shell" ] && [ -x "$shell" ] && r=yes
  printf 'A\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$uid" "$gid" "$home" "$shell" $r
}
each_account account
# without it nothing is known of any password: that is not the same as none
shadow >/dev/null && [ -n "$SHADOW" ] || exit 77
# a password field that is not x is the password: passwd(5); a directory says * of passwords that it keeps to itself
{ shadow; echo; passwd; echo; getent group; } | awk -F: '
  $0 == "" { part++; next }
  part == 2 { printf "G\t%s\t%s\t%s\n", $1, $3, $4; next }
  part == 1 { if ($2 ~ /^[x*]/ || $2 ~ /^!/ && $1 in told) next; $3 = 1; $8 = "" }
{
  told[$1]; p = $2; l = "no"; if (p ~ /^!./) { l = "yes"; sub(/^!+/, "", p); if (p == "" || p == "*") { p = "!"; l = "no" } }
  if (p == "") s = "none"; else if (p ~ /^!/) s = "locked"; else if (p ~ /^\*/) s = "star"
  else if (p ~ /^\$1\$/) s = "md5"; else if (p ~ /^\$sha1\$/) s = "sha1"; else if (p ~ /^\$5\$/) s = "sha256"; else if (p ~ /^\$6\$/) s = "sha512"
  else if (p ~ /^\$y\$/ || p ~ /^\$gy\$/ || p ~ /^\$7\$/) s = "yescrypt"; else if (p ~ /^\$2/) s = "bcrypt"
  else if (p ~ /^[.\/0-9A-Za-z]*$/ && length(p) == 13) s = "des"; else if (p ~ /^_/) s = "des"; else s = "other"
  printf "S\t%s\t%s\t%s\t%s\t%s\n", $1, s, l, $3, $8 }'
`,
  parse(raw): AccountFacts[] {
    const shadow = new Map(rows(raw.text, 'S').map(row => [row[0]!, row]))
    const groups = rows(raw.text, 'G')
    const accounts = rows(raw.text, 'A')
    if (accounts.length === 0 || groups.length === 0) throw new Error('no accounts')
    const own = new Map<number, string[]>()
    const more = new Map<string, string[]>()
    const put = <K>(map: Map<K, string[]>, key: K, group: string) => map.set(key, [...(map.get(key) ?? []), group])
    for (const [name, gid, members] of groups) {
      put(own, whole(gid), name!)
      for (const member of (members ?? '').split(',').filter(one => one !== '')) put(more, member, name!)
    }
    return accounts.map(([name, uid, gid, home, shell, runs]): AccountFacts => {
      const state = shadow.get(name!)
      return {
        name: name!,
        uid: whole(uid),
        gid: whole(gid),
        home: home!,
        shell: shell!,
        shellRuns: runs === 'yes',
        groups: [...new Set([...(own.get(whole(gid)) ?? []), ...(more.get(name!) ?? [])])],
        password: (state?.[1] ?? (isDynamic(whole(uid)) ? 'locked' : 'unseen')) as AccountFacts['password'],
        passwordLocked: state?.[2] === 'yes',
        expires: day(state?.[4]),
        mustChange: state?.[3] === '0',
      }
    })
  },
})
