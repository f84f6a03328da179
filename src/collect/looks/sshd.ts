import { parsePublicKey } from '../../keys/public-key.js'
import { servesOnce } from '../../model/daemon.js'
import type { ConfigFile, SshdFacts, UnitFacts } from '../../model/facts.js'
import { files, look, must, pairs, rows, whole } from '../look.js'

/** `OpenSSH_9.2p1 Debian-2+deb12u5` -> 9.2 */
const releaseOf = (version: string): number => Number(/OpenSSH_(\d+\.\d+)/.exec(version)?.[1] ?? 0)

const unitsOf = (text: string, now: number, uptime: number): UnitFacts[] => {
  const units = new Map<string, UnitFacts>()
  for (const block of text.split(/\n{2,}/)) {
    const map = pairs(block.replace(/^U /gm, ''))
    const name = map.get('Id')
    if (name === undefined || map.get('LoadState') === 'not-found') continue
    const mono = Number(map.get('StateChangeTimestampMonotonic') ?? 0) / 1e6
    units.set(name, {
      name,
      load: must(map, 'LoadState'),
      active: must(map, 'ActiveState'),
      enabled: map.get('UnitFileState') ?? '',
      needReload: map.get('NeedDaemonReload') === 'yes',
      mainPid: Number(map.get('MainPID') ?? 0),
      fragment: map.get('FragmentPath') ?? '',
      execStart: /argv\[\]=([^;]*)/.exec(map.get('ExecStart') ?? '')?.[1]?.trim() ?? '',
      changedAt: mono === 0 ? 0 : now - uptime + mono,
    })
  }
  return [...units.values()]
}

/** The daemons among all processes of that name; a child of one serves a connection, whatever its title still says. */
const daemonsOf = (processes: readonly string[][]): SshdFacts['daemons'] => {
  const all = processes
    .map(([pid, parent, line]) => ({ pid: whole(pid), parent, line: line!.trim() }))
    .filter(({ line }) => /^(sshd: )?\/\S*sshd\b/.test(line) && !/\[accepted\]|\[priv\]|\[net\]/.test(line))
    .map(({ pid, parent, line }) => ({
      pid,
      parent: Number(parent),
      args: line
        .replace(/^sshd: /, '')
        .replace(/ \[listener\].*$/, '')
        .split(' '),
    }))
  const pids = new Set(all.map(({ pid }) => pid))
  return all
    .filter(({ parent, args }) => !pids.has(parent) && !servesOnce(args.slice(1)))
    .map(({ pid, args }) => ({ pid, args }))
}

export default look({
  section: 'sshd',
  limit: 15,
  slow: true,
  sh: String.raw`
need_root
bin=$(sshd_bin) || exit 78
run_dir
version=$("$bin" -V 2>&1); version=OpenSSH_${'$'}{version#*OpenSSH_}; kv version "${'$'}{version%%,*}"
kv now "$(date +%s.%N)"
read -r uptime rest </proc/uptime; kv uptime "$uptime"
have systemctl && systemctl show ssh.service sshd.service ssh.socket -p Id -p LoadState -p ActiveState -p UnitFileState -p NeedDaemonReload -p MainPID -p FragmentPath -p ExecStart -p StateChangeTimestampMonotonic
echo
# lines of it are written back: of a file that is longer, what was not read would be lost
conf_files | while read -r f; do emit_file "$f" || exit 75; done || exit 75
conf_dirs | sort -u | while read -r d; do [ -d "$d" ] && stat -L -c 'D	%n	%.Y	%.Z' "$d"; done
if c=$("$bin" -t 2>&1); then kv valid yes; else kv valid no; fi
kv complaint "$(printf %s "$c" | head -n 3 | tr '\n' ' ')"
here=$(readlink /proc/self/ns/pid)
for p in /proc/[0-9]*; do
  read -r comm <$p/comm || continue
  # a container's sshd is another machine's
  [ "$comm" = sshd ] && [ "$(readlink $p/ns/pid)" = "$here" ] || continue
  printf 'A\t%s\t%s\t%s\n' "${'$'}{p#/proc/}" "$(sed -n 's/^PPid:[[:space:]]*//p' $p/status)" "$(tr '\000' ' ' <$p/cmdline)"
done
kv start-options "$(sed -n 's/^[[:space:]]*\(SSHD_OPTS\|OPTIONS\)=//p' /etc/default/ssh /etc/sysconfig/sshd | tr -d '"'"'" | tail -n 1)"
for f in /etc/ssh/ssh_host_*_key.pub; do [ -f "$f" ] && read -r line <"$f" && printf 'K\t%s\t%s\n' "$f" "$line"; done
true
`,
  parse(raw): SshdFacts {
    const map = pairs(raw.text)
    const version = must(map, 'version')
    const now = Number(must(map, 'now'))
    return {
      version,
      release: releaseOf(version),
      units: unitsOf(raw.text, now, Number(must(map, 'uptime'))),
      files: files(raw.text).map(
        ({ head, lines }): ConfigFile => ({
          path: head[0]!,
          mode: Number.parseInt(head[1]!, 8),
          owner: head[2]!,
          group: head[3]!,
          mtime: Number(head[4]),
          ctime: Number(head[5]),
          lines,
        }),
      ),
      directories: rows(raw.text, 'D').map(([path, mtime, ctime]) => ({
        path: path!,
        mtime: Number(mtime),
        ctime: Number(ctime),
      })),
      valid: must(map, 'valid') === 'yes',
      complaint: must(map, 'complaint'),
      daemons: daemonsOf(rows(raw.text, 'A')),
      startOptions: must(map, 'start-options'),
      hostKeys: rows(raw.text, 'K').flatMap(([path, line]) => {
        const key = parsePublicKey(line ?? '', path)
        return key
          ? [
              {
                type: key.type,
                bits: key.bits,
                fingerprint: key.fingerprint,
                comment: '',
                path: key.path,
                blob: key.blob,
              },
            ]
          : []
      }),
    }
  },
})
