import type { ListenFacts } from '../../model/facts.js'
import { look, rows, whole } from '../look.js'

/**
 * Who really listens (ss), which sockets systemd would open, and which ports greet like an SSH server, whoever holds
 * them. A greeting is asked for only where the program is not known to speak second (at most 24 places, one second,
 * all at once, from the server itself).
 */
export default look({
  section: 'listeners',
  limit: 12,
  beside: true,
  sh: String.raw`
need_root
need ss
all=$(ss -H -tlnp) || exit 70
# a process may have a newline in its name
set -f; IFS=$nl
for line in $all; do case $line in 'LISTEN '*) printf '%s\n' "$line" ;; esac; done
unset IFS; set +f
# a socket of systemd's listens in the name of its first process; which would listen only harden has to know
case $RIEGEL_OCCASION$all in audit*'"systemd"'*|audit*'"init"'*|harden*)
  have systemctl && systemctl list-sockets --all --no-legend --plain --full | awk '{ printf "S\t%s\t%s\n", $2, $1 }' ;;
esac
greet() { line=$(timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2" && read -r -n 255 -t 1 line <&3; printf %s "$line"' greet "$1" "$2" 2>/dev/null | tr -d '\r\000\t'); case $line in SSH-*) printf 'G\t%s\t%s\n' "$2" "$line" ;; esac; }
if have bash; then
  set -- $RIEGEL_CONNECTION
  for place in $(printf '%s\n' "$all" | awk -v own="$RIEGEL_OCCASION ${'$'}{4:-none}" '
    /"(nginx|apache2|mysqld|mariadbd|postgres|redis-server|master|dovecot|docker-proxy|systemd-resolve|node|java)"/ { next } {
    k = split($4, w, ":"); port = w[k]; a = substr($4, 1, length($4) - length(port) - 1); gsub(/[][]/, "", a); sub(/%.*/, "", a)
    key = a "," port; if (a == "*" || a == "0.0.0.0" || a == "::") { key = port; a = a == "::" ? "::1" : "127.0.0.1" }
    # the one that serves the operator has greeted already
    if (own == "audit " port && /"sshd"/) next
    if (!seen[key]++ && ++n < 25) print a "," port }'); do greet "${'$'}{place%,*}" "${'$'}{place##*,}" & done
  wait
fi
true
`,
  parse(raw): ListenFacts {
    return {
      tcp: raw.text
        .split('\n')
        .filter(line => line.startsWith('LISTEN '))
        .map(line => {
          const fields = line.trim().split(/\s+/)
          const local = fields[3] ?? ''
          const at = local.lastIndexOf(':')
          const user = /\(\("([^"]*)",pid=(\d+)/.exec(line)
          return {
            address: local
              .slice(0, at)
              .replace(/^\[|\]$/g, '')
              .replace(/%.*$/, ''),
            port: whole(local.slice(at + 1)),
            process: user?.[1] ?? '',
            pid: Number(user?.[2] ?? 0),
          }
        }),
      sshGreetings: rows(raw.text, 'G').map(([port, line]) => ({ port: whole(port), line: line! })),
      socketUnits: rows(raw.text, 'S').map(([unit, listen]) => ({ unit: unit!, listen: listen! })),
    }
  },
})
