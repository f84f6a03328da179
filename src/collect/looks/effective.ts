import type { EffectiveFacts, EffectiveView } from '../../model/facts.js'
import { look, whole } from '../look.js'

/**
 * What sshd applies, by its own word: `sshd -T -C` (traps T4, T5). Without a Match one answer stands for all. With
 * one, each account is asked, from the operator's address, from a foreign one, and from two witnesses per pattern that
 * a Match names (both ends of a network, two fillers for wildcards). More than 600 answers, or a Match that cannot be
 * asked about: exit 75, `truncated`, so that its rules become unknown.
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
# KIND WITNESS a line: for each word after a criterion, without negation, the two ends of a network and two fillers for
# wildcards, since one may lie in what another word takes away. Ends where there is none that could be asked (RDomain)
witnesses=$(printf '%s\n' "$all" | awk '
function tell(w) { if (!told[kind w]++) print kind, w }
function power(n,    p) { for (p = 1; n > 0; n--) p *= 2; return p }
function dotted(n) { return int(n / 16777216) "." int(n / 65536) % 256 "." int(n / 256) % 256 "." n % 256 }
# the 32 digits of an IPv6 address; none where it is no such address
function digits(a,    n, half, h, t, head, tail, i, d) {
  n = split(a, half, "::"); head = split(half[1], h, ":"); tail = n > 1 ? split(half[2], t, ":") : 0
  if (a !~ /^[0-9a-f:]+$/ || n > 2 || (n < 2 && head != 8) || head + tail > 8) return ""
  for (i = 1; i <= head; i++) d = d substr("000" h[i], length(h[i]))
  while (length(d) < 32 - 4 * tail) d = d "0"
  for (i = 1; i <= tail; i++) d = d substr("000" t[i], length(t[i]))
  return d
}
function ends(a, bits,    o, n, size, d, last, hex) {
  if (split(a, o, ".") == 4 && a !~ /[^0-9.]/) {
    size = power(32 - bits); n = ((o[1] * 256 + o[2]) * 256 + o[3]) * 256 + o[4]; n -= n % size
    tell(dotted(n)); tell(dotted(n + size - 1))
    return 1
  }
  d = digits(a)
  if (d == "") return 0
  tell(a)
  if (bits == 128) return 1
  hex = "0123456789abcdef"; n = int(bits / 4); last = substr(d, 1, n)
  if (bits % 4) last = last substr(hex, index(hex, substr(d, n + 1, 1)) + power(4 - bits % 4) - 1, 1)
  while (length(last) < 32) last = last "f"
  gsub(/..../, "&:", last); tell(substr(last, 1, 39))
  return 1
}
# as many parts behind the first * as an address lacks
function wild(a, filler,    n, o) {
  n = split(a, o, /[.:]/)
  if (a !~ /:/) for (; n < 4; n++) sub(/\*/, filler ".*", a)
  else if (a !~ /::/ && n < 8) { if (a ~ /\*$/) a = a "::" filler; else sub(/\*/, filler ":", a) }
  gsub(/[*?]/, filler, a)
  return ends(a, a ~ /:/ ? 128 : 32)
}
function fill(a, filler) { gsub(/[*?]/, filler, a); tell(a) }
{ gsub(/=/, " ")
  for (i = 1; i <= NF && $i !~ /^#/; i++) {
    kind = tolower($i)
    if (kind == "all" || kind == "invalid-user") continue
    if (kind !~ /^(user|group|host|address|localaddress|localport)$/ || i == NF) exit bad = 75
    gsub(/[!"]/, "", $(++i)); count = split($i, list, ",")
    if (kind != "group") for (j = 1; j <= count; j++) {
      word = list[j]; any = word ~ /[*?]/
      if (kind !~ /address/) { fill(word, 1); if (any && kind != "localport") fill(word, "a"); continue }
      word = tolower(word)
      if (any) { if (!wild(word, 1) || !wild(word, 2)) exit bad = 75 }
      # a name is never an address
      else if (!(split(word, net, "/") == 2 ? ends(net[1], net[2]) : ends(word, word ~ /:/ ? 128 : 32)) && word ~ /:/) exit bad = 75
    }
  } }
END { exit bad }') || exit 75
# W: those of one kind
of() {
  W=; set -f; IFS=$nl
  for line in $witnesses; do case $line in "$1 "*) W="$W ${'$'}{line#* }" ;; esac; done
  unset IFS; set +f
}
addresses="$here 192.0.2.77 2001:db8::77"
of address; addresses="$addresses$W"
of host; hosts="-$W"
of localaddress; laddrs="$laddr$W"
of localport; lports="$lport$W"
of user; users=$W
printf '%s\n' "$all" | grep -qiE '(^|[[:space:]])address' || addresses=$here
count=0; first=; last=
passwd >/dev/null
{ printf '%s\n' $RIEGEL_NEW_ACCOUNT; passwd | cut -d: -f1; printf '%s\n' $users; } | grep . | awk '!s[$0]++' | {
while read -r user; do for addr in $addresses; do for host in $hosts; do for la in $laddrs; do for lp in $lports; do
  count=$((count + 1)); [ $count -le 600 ] || exit 75
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
