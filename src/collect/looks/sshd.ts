import { parsePublicKey } from '../../keys/public-key.js'
import { servesOnce } from '../../model/daemon.js'
import type { ConfigFile, SocketFacts, SshdFacts, UnitFacts } from '../../model/facts.js'
import { files, look, must, pairs, rows, whole } from '../look.js'

/** `OpenSSH_9.2p1 Debian-2+deb12u5` -> 9.2 */
const releaseOf = (version: string): number => Number(/OpenSSH_(\d+\.\d+)/.exec(version)?.[1] ?? 0)

const sshUnits = ['ssh.service', 'sshd.service', 'ssh.socket']

const unitsOf = (text: string, now: number, uptime: number): UnitFacts[] => {
  const units = new Map<string, UnitFacts>()
  for (const block of text.split(/\n{2,}/)) {
    const map = pairs(block)
    const name = map.get('Id')
    if (name === undefined || !sshUnits.includes(name) || map.get('LoadState') === 'not-found') continue
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

/** What the units say of ssh.socket; nothing where it is not among them. */
const socketOf = (text: string): { socket: SocketFacts } | undefined => {
  const blocks = text.split(/\n{2,}/)
  const block = blocks.find(b => pairs(b).get('Id') === 'ssh.socket')
  const map = pairs(block ?? '')
  const accept = map.get('Accept')
  if (block === undefined || accept === undefined) return undefined
  const words = (name: string) => (map.get(name) ?? '').split(' ').filter(Boolean)
  const triggers = words('Triggers')
  const service = blocks.map(pairs).find(m => triggers.includes(m.get('Id') ?? ''))
  const setBy = rows(text, 'L').map(([path]) => path!)
  return {
    socket: {
      // a line for each, unlike all else
      listen: block.split('\n').flatMap(line => (line.startsWith('Listen=') ? [line.slice(7)] : [])),
      accept: accept === 'yes',
      triggers,
      dropIns: words('DropInPaths'),
      setBy: words('DropInPaths').filter(path => setBy.includes(path)),
      generator: pairs(text).get('socket-generator') === 'yes',
      killMode: service?.get('KillMode') ?? '',
      ...(accept === 'yes' && { forEach: pairs(text).get('for-each') ?? '' }),
    },
  }
}

/** The daemons among all processes of that name; a child of one serves a connection, whatever its title still says. */
const daemonsOf = (processes: readonly string[][], elsewhere: readonly number[]): SshdFacts['daemons'] => {
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
    .map(({ pid, args }) => ({ pid, args, ...(elsewhere.includes(pid) && { elsewhere: true }) }))
}

export default look({
  section: 'sshd',
  limit: 15,
  units: [],
  sh: String.raw`
need_root
find_sshd || exit 78
complaint=
version=$($SSHD -V 2>&1); version=OpenSSH_${'$'}{version#*OpenSSH_}; kv version "${'$'}{version%%,*}"
clocks; kv now "$NOW"; kv uptime "$UPTIME"
units_asked
printf '%s\n\n' "$SHOWN"
case $SHOWN in *Id=ssh.socket*)
  # which of its drop-ins say where to listen; and does something turn sshd's own Port into that (Ubuntu 24.04)?
  for f in $(printf '%s\n' "$SHOWN" | sed -n 's/^DropInPaths=//p'); do grep -q '^[[:space:]]*ListenStream' "$f" && printf 'L\t%s\n' "$f"; done
  generator=no
  for d in /run/systemd /etc/systemd /usr/local/lib/systemd /usr/lib/systemd /lib/systemd; do
    f=$d/system-generators/sshd-socket-generator
    # the first hides the others; a link to nowhere or an empty file switches it off
    if [ -e $f ] || [ -L $f ]; then [ -f $f ] && [ -x $f ] && [ -s $f ] && generator=yes; break; fi
  done
  kv socket-generator $generator ;;
esac
# what it starts for each connection is gone, or has another title, before it can be looked at
case $SHOWN in *Accept=yes*) kv for-each "$(systemctl cat ssh@.service sshd@.service | sed -n 's/^ExecStart=-\{0,1\}//p' | tail -n 1)" ;; esac
# lines of it are written back: of a file that is longer, what was not read would be lost
config file; set -f; IFS=$nl
emit_files $CONFIGURED || exit 75
unset IFS; set +f
# an answer is proof enough; without one the test that every version knows decides
if sshd_says || complaint=$($SSHD -t 2>&1); then kv valid yes; else kv valid no; fi
[ -z "$complaint" ] || complaint=$(printf %s "$complaint" | head -n 3 | tr '\n' ' ')
kv complaint "$complaint"
options=
for f in /etc/default/ssh /etc/sysconfig/sshd; do
  [ -f $f ] && while read -r line || [ -n "$line" ]; do case $line in SSHD_OPTS=*|OPTIONS=*) options=${'$'}{line#*=} ;; esac; done <$f
done
kv start-options "$options"
set -- /etc/ssh/ssh_host_*_key.pub
# and those that lie elsewhere, or have no public half beside them
set -f; IFS=$nl
for line in $SAYS; do
  case $line in 'hostkey '*) f=${'$'}{line#* }; f=${'$'}{f%.pub} ;; *) continue ;; esac
  [ -e "$f" ] || [ -e "$f.pub" ] || continue
  case "$nl$*$nl" in *"$nl$f.pub$nl"*) ;; *) set -- "$@" "$f.pub" ;; esac
done
for f; do
  line=
  [ -f "$f" ] && read -r line <"$f" || [ -n "$line" ] || [ -e "${'$'}{f%.pub}" ] || continue
  printf 'K\t%s\t%s\n' "$f" "$line"
done
unset IFS; set +f
config dir; set -f; IFS=$nl
set --
for d in $CONFIGURED; do [ -d "$d" ] && set -- "$@" "$d"; done
unset IFS; set +f
# last, what others have a say in
set -- "$@" /proc/self/ns/pid
for p in /proc/[0-9]*; do read -r comm <$p/comm && [ "$comm" = sshd ] && set -- "$@" $p/ns/pid; done
# folders by their times; of what runs as sshd, what is of this machine: a container's is another's
here= all=$(stat -L -c 'D	%n	%.Y	%.Z	%i' -- "$@")
set -f; IFS=$nl
for line in $all; do
  p=${'$'}{line#D	}; p=${'$'}{p%%	*}
  case $p in
    /proc/self/ns/pid) here=${'$'}{line##*	} ;;
    /proc/*/ns/pid)
      p=${'$'}{p%/ns/pid}
      [ "${'$'}{line##*	}" = "$here" ] && read -r stat <$p/stat || continue
      # after the name in brackets: state, parent
      stat=${'$'}{stat##*) }; stat=${'$'}{stat#* }
      # whoever started it wrote that line: it stays one
      ran=$(tr '\000\n\r\t' '    ' <$p/cmdline)
      printf 'A\t%s\t%s\t%s\n' "${'$'}{p#/proc/}" "${'$'}{stat%% *}" "$ran"
      # another program than the one that is asked here
      ran=${'$'}{ran#sshd: }; ran=${'$'}{ran%% *}
      case $ran in /*) [ "$ran" -ef "$SSHD" ] || printf 'X\t%s\n' "${'$'}{p#/proc/}" ;; esac ;;
    *) printf '%s\n' "$line" ;;
  esac
done
unset IFS; set +f
true
`,
  parse(raw): SshdFacts {
    const map = pairs(raw.text)
    const version = must(map, 'version')
    const now = Number(must(map, 'now'))
    const hostKeys = rows(raw.text, 'K').map(([path, line]) => ({ path: path!, key: parsePublicKey(line ?? '', path) }))
    const unread = hostKeys.flatMap(({ path, key }) => (key ? [] : [path]))
    return {
      version,
      release: releaseOf(version),
      units: unitsOf(raw.text, now, Number(must(map, 'uptime'))),
      ...socketOf(raw.text),
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
      daemons: daemonsOf(
        rows(raw.text, 'A'),
        rows(raw.text, 'X').map(([pid]) => whole(pid)),
      ),
      startOptions: must(map, 'start-options').replace(/["']/g, ''),
      hostKeys: hostKeys.flatMap(({ key }) => {
        if (!key) return []
        const { type, bits, fingerprint, path, blob } = key
        return [{ type, bits, fingerprint, comment: '', path, blob }]
      }),
      ...(unread.length > 0 && { unreadHostKeys: unread }),
    }
  },
})
