import type { EffectiveFacts, EffectiveView } from '../../model/facts.js'
import { look, whole } from '../look.js'

/**
 * What sshd applies, by its own word: `sshd -T -C` (traps T4, T5). Without a Match one answer stands for all. With
 * one, each account is asked, from the operator's address, from a foreign one, and from one witness per pattern that
 * a Match names (the network's own address for a CIDR, digits for wildcards). More than 400 answers: exit 75,
 * `truncated`, so that its rules become unknown.
 */
export default look({
  section: 'effective',
  limit: 25,
  sh: String.raw`
need_root
find_sshd || exit 78
run_dir
config match; all=$CONFIGURED
set -- $RIEGEL_CONNECTION
here=${'$'}{1:-127.0.0.1}; laddr=${'$'}{3:-127.0.0.1}; lport=${'$'}{4:-22}
ask() { $SSHD -T -f "$SSHD_CONFIG" -C "user=$1,host=$3,addr=$2,laddr=$4,lport=$5,rdomain=" || exit 70; }
if [ -z "$all" ]; then
  printf 'V\troot\t%s\t%s\t%s\t%s\n' "$here" "$here" "$laddr" "$lport"
  sshd_says || exit 70
  printf '%s\n' "$SAYS"
  exit
fi
echo per-account
# the words after a criterion, one a line, without negation; networks as their own address, wildcards as digits
witness() {
  printf '%s\n' "$all" | tr '=' ' ' | awk -v want="$1" '{ for (i = 1; i < NF; i++) if (tolower($i) == want) print $(i + 1) }' |
    tr -d '"!' | tr ',' '\n' | sed -e 's,/[0-9]*$,,' -e 's/[*?]/1/g' | grep . | sort -u
}
addresses="$here 192.0.2.77 2001:db8::77"
witness address | grep -q . && addresses="$addresses $(witness address)"
hosts="-"; witness host | grep -q . && hosts="- $(witness host)"
laddrs=$laddr; witness localaddress | grep -q . && laddrs="$laddr $(witness localaddress)"
lports=$lport; witness localport | grep -q . && lports="$lport $(witness localport)"
printf '%s\n' "$all" | grep -qiE '(^|[[:space:]])address' || addresses=$here
count=0; first=; last=
passwd >/dev/null
{ printf '%s\n' $RIEGEL_NEW_ACCOUNT; passwd | cut -d: -f1; witness user; } | grep . | awk '!s[$0]++' | {
while read -r user; do for addr in $addresses; do for host in $hosts; do for la in $laddrs; do for lp in $lports; do
  count=$((count + 1)); [ $count -le 400 ] || exit 75
  h=$host; [ "$h" = - ] && h=$addr
  out=$(ask "$user" "$addr" "$h" "$la" "$lp") || exit 70
  printf 'V\t%s\t%s\t%s\t%s\t%s\n' "$user" "$addr" "$h" "$la" "$lp"
  if [ "$out" = "$last" ]; then echo =same
  else printf '%s\n' "$out"; last=$out; fi
done; done; done; done; done
}
`,
  parse(raw): EffectiveFacts {
    const views: EffectiveView[] = []
    let settings: Record<string, string[]> = {}
    const add = (head: string[]) =>
      views.push({
        user: head[0]!,
        address: head[1]!,
        host: head[2]!,
        localAddress: head[3]!,
        localPort: whole(head[4]),
        settings,
      })
    for (const line of raw.text.split('\n')) {
      if (line.startsWith('V\t')) {
        settings = {}
        add(line.slice(2).split('\t'))
      } else if (line === '=same') {
        const before = views.at(-2)
        const now = views.pop()
        if (!before || !now) throw new Error('=same without a view before it')
        views.push({ ...now, settings: before.settings })
      } else {
        const at = line.indexOf(' ')
        if (at <= 0 || views.length === 0) continue
        const keyword = line.slice(0, at).toLowerCase()
        const values = settings[keyword]
        if (values) values.push(line.slice(at + 1).trim())
        else settings[keyword] = [line.slice(at + 1).trim()]
      }
    }
    if (views.length === 0) throw new Error('sshd -T said nothing')
    for (const view of views)
      if (!view.settings['port'] || !view.settings['permitrootlogin']) throw new Error('sshd -T was cut off')
    return { views, perAccount: raw.text.startsWith('per-account') }
  },
})
