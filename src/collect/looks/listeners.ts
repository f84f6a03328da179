import type { ListenFacts } from '../../model/facts.js'
import { look, rows, whole } from '../look.js'

/**
 * Who really listens (ss), which sockets systemd would open, and which ports greet like an SSH server, whoever holds
 * them. A greeting is asked for only where the program is not known to speak second (at most 24 ports, one second,
 * all at once, over loopback).
 */
export default look({
  section: 'listeners',
  limit: 12,
  sh: String.raw`
need_root
need ss
ss -H -tlnp | sed 's/^/L	/'
have systemctl && systemctl list-sockets --all --no-legend --plain --full | awk '{ printf "S\t%s\t%s\n", $2, $1 }'
greet() { line=$(timeout 1 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" || exec 3<>"/dev/tcp/::1/$1"; head -c 255 <&3 | head -n 1' greet "$1" 2>/dev/null | tr -d '\r\000\t'); case $line in SSH-*) printf 'G\t%s\t%s\n' "$1" "$line" ;; esac; }
if have bash; then
  for port in $(ss -H -tlnp | grep -vE '"(nginx|apache2|mysqld|mariadbd|postgres|redis-server|master|dovecot|docker-proxy|systemd-resolve|node|java)"' | awk '{ n = split($4, a, ":"); print a[n] }' | sort -un | head -n 24); do greet "$port" & done
  wait
fi
true
`,
  parse(raw): ListenFacts {
    return {
      tcp: rows(raw.text, 'L').map(([line]) => {
        const fields = line!.trim().split(/\s+/)
        const local = fields[3] ?? ''
        const at = local.lastIndexOf(':')
        const user = /\(\("([^"]*)",pid=(\d+)/.exec(line!)
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
