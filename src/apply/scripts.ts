import type { About } from '../model/about.js'
import type { Stage } from '../model/change.js'
import type { Item, Plan } from '../model/plan.js'
import { quote } from '../model/shell.js'
import { here, number, saveItem, setItem } from './kinds.js'
import { guardScript, guardUnit, lib, undoScript } from './lib.js'
import { type ArmedStage, type Rename, renames, type State, steps } from './protocol.js'

export const root = '/var/lib/riegel'
export const directoryOf = (id: string): string => `${root}/${id}`

export interface Terms {
  readonly id: string
  /** seconds after the last sign of life, and seconds in all */
  readonly lease: number
  readonly limit: number
  /** what history shows: JSON, no secrets */
  readonly about: string
}

/** Exit codes of `staging` with which it refuses; everything it made is gone again. */
export const refusals = { held: 71, space: 72, readOnly: 73, stale: 74, other: 70 } as const

/** The files of the door itself: sshd's own, and those of the socket that holds its ports. */
const isSshd = (item: Item): boolean => item.kind === 'file' && (item.effect === 'sshd' || item.effect === 'ssh-socket')
/** Does a socket have to open other ports? Then it is started anew, and the daemon behind it with it. */
const movesSocket = ({ socket, ports }: Plan): boolean =>
  socket !== undefined && ports.after.some(port => !ports.before.includes(port))
/** What is installed before anything is staged, so that no time limit can cut dpkg in two: sudo where it is missing. */
const isBefore = (item: Item): boolean => item.kind === 'package' && item.stage === 'open'
const isAfter = (item: Item): boolean => (item.kind === 'file' ? 'after' in item.stages : item.stage === 'after')

const write = (name: string, content: string): string => `cat >"$D/${name}" ${here(content)}`

const head = (directory: string): string => `D=${directory}\n. "$D/lib.sh"\n`

/** Where a state is a file, and how one becomes another: as the table has it. */
const fileOf = (state: State): string => `"$D/${state}"`
const move = (name: Rename): string => `mv ${fileOf(renames[name].from)} ${fileOf(renames[name].to)}`
const { from: begun, to: armed } = renames.arm

/** The items that come before the guarded part, that belong to it, and that come after it, with their numbers. */
export const split = (plan: Plan): { before: [Item, number][]; guarded: [Item, number][]; after: [Item, number][] } => {
  const all = plan.items.map((item, index): [Item, number] => [item, index])
  return {
    before: all.filter(([item]) => isBefore(item)),
    guarded: all.filter(([item]) => !isBefore(item) && !isAfter(item)),
    after: all.filter(([item]) => isAfter(item)),
  }
}

/** Shell function: adds a package with what it needs and nothing more; waits for apt's lock two minutes. */
const installPackage = `install_package() {
  [ "$(dpkg-query -W -f '\${db:Status-Status}' "$1" 2>/dev/null)" = installed ] && return 0
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l; export DEBIAN_FRONTEND NEEDRESTART_MODE
  apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$1" </dev/null || exit 70
}
`

/** Installs one package by itself, outside any transaction. */
export const installing = (name: string): string => `PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH
${installPackage}install_package ${quote(name)} >/dev/null 2>&1`

const effects = (items: readonly [Item, number][], stage: Stage): string[] => {
  const touched = items.filter(([item]) => item.kind === 'file' && stage in item.stages)
  return touched.some(([item]) => item.kind === 'file' && item.effect === 'fail2ban') ? ['apply_fail2ban'] : []
}

/** Written down, and on the disk, before the first file is: undo re-runs every effect that may have begun. */
const willDo = (plan: Plan, items: readonly [Item, number][], stage: Stage): string => {
  const touches = (of: (item: Item) => boolean) =>
    items.some(([item]) => item.kind === 'file' && of(item) && stage in item.stages)
  const effects = [
    ...(touches(isSshd) ? ['sshd', ...(movesSocket(plan) ? ['socket'] : [])] : []),
    ...(touches(item => item.kind === 'file' && item.effect === 'fail2ban') ? ['fail2ban'] : []),
  ]
  return effects.length === 0
    ? ''
    : `printf '%s\\n' ${effects.join(' ')} >>"$D/effects" && durable "$D/effects" || die 'cannot write'\n`
}

const sshdEffect = (plan: Plan, ports: readonly number[]): string =>
  `${movesSocket(plan) ? 'apply_socket' : 'apply_sshd'} ${ports.join(' ')} || die 'sshd did not come up as wanted'`

/** What opens but the main sshd: account, keys, sudo, firewall, jail. */
const openScript = (directory: string, plan: Plan): string => {
  const items = split(plan).guarded.filter(([item]) => !isSshd(item))
  return `${head(directory)}step ${steps.open.from}\nIFS= read -r SECRET\n${willDo(plan, items, 'open')}${items
    .map(([item, n]) => setItem(item, n, 'open'))
    .filter(Boolean)
    .join('\n')}\n${effects(items, 'open').join('\n')}\nsync\nexit 0\n`
}

/** The main sshd listens on the old and the new port. */
const portsScript = (directory: string, plan: Plan): string => {
  const items = split(plan).guarded.filter(([item]) => isSshd(item) && item.kind === 'file' && 'open' in item.stages)
  const sets = items.map(([item, n]) => setItem(item, n, 'open')).join('\n')
  const all = [...new Set([...plan.ports.before, ...plan.ports.after])]
  return `${head(directory)}step ${steps.ports.from}\n${willDo(plan, items, 'open')}${sets}\n${items.length > 0 ? sshdEffect(plan, all) : ''}\nmark ${steps.ports.to}\nexit 0\n`
}

/** What closes: root, passwords, the old port. */
const closeScript = (directory: string, plan: Plan): string => {
  const { guarded } = split(plan)
  const sets = guarded
    .map(([item, n]) => setItem(item, n, 'close'))
    .filter(Boolean)
    .join('\n')
  const sshd = guarded.some(([item]) => isSshd(item))
  return `${head(directory)}step ${steps.close.from}\nunchanged >/dev/null || die 'somebody else changed a file'\nIFS= read -r SECRET\n${willDo(plan, guarded, 'close')}${sets}\n${effects(guarded, 'close').join('\n')}\n${sshd ? sshdEffect(plan, plan.ports.after) : ''}\nmark ${steps.close.to}\nexit 0\n`
}

/**
 * Takes the lock, compares what the plan saw, saves, writes everything aside and validates it. Nothing outside
 * /var/lib/riegel (and private folders on the targets' own filesystems) is touched. On refusal it leaves nothing.
 */
export const staging = (plan: Plan, terms: Terms): string => {
  const directory = directoryOf(terms.id)
  const { guarded } = split(plan)
  const checks = guarded.flatMap(([item, index]) => {
    if (item.kind !== 'file' || item.check === undefined) return []
    const n = number(index)
    const program = { visudo: 'visudo -qcf', nft: 'nft -c -f' }[item.check]
    return Object.entries(item.stages).flatMap(([stage, content]) =>
      typeof content === 'string'
        ? [
            `${program} "$(cat "$D/store-${n}")/new-${n}-${stage}" >/dev/null 2>&1 || die ${quote(`${item.check} refuses ${item.path}`)}`,
          ]
        : [],
    )
  })
  const trees = (['open', 'close'] as const).map(stage => checkTree(plan, stage)).join('\n')
  return `R=${root}; D=${directory}; umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL
for d in /etc /var/lib; do
  [ -w $d ] || { echo "$d"; exit ${refusals.readOnly}; }
  [ "$(df -Pk $d | awk 'NR==2{print $4}')" -ge 4096 ] || { echo "$d"; exit ${refusals.space}; }
done
{ [ -d $R ] || mkdir -m 700 $R; } && chmod 700 $R || { echo "$R"; exit ${refusals.readOnly}; }
# a run that armed nothing yet holds the place for twenty seconds at most: its client may be gone without sshd knowing
held() {
  read -r id pid start since from <$R/lock || return 1
  case $id in */*|'') return 1 ;; esac
  for s in armed undoing confirming; do [ -e "$R/$id/$s" ] && return 0; done
  [ -e "$R/$id/staged" ] || [ -d "$R/$id" ] && [ ! -e "$R/$id/confirmed" ] && [ ! -e "$R/$id/rolled-back" ] && [ ! -e "$R/$id/stuck" ] || return 1
  [ "$(cut -d' ' -f22 /proc/$pid/stat 2>/dev/null)" = "$start" ] && [ $(($(date +%s) - since)) -lt 20 ]
}
# arming takes the same: what is taken over here cannot be armed meanwhile
exec 7<$R; flock -w 30 7 || { echo "- $(date +%s)"; exit ${refusals.held}; }
if [ -e $R/lock ]; then
  if held; then cut -d' ' -f1,4- $R/lock; exit ${refusals.held}; fi
  read -r id _ <$R/lock; case $id in */*|'') ;; *) [ -e "$R/$id/staged" ] && { for x in $(cat "$R/$id/stores" 2>/dev/null); do rm -rf "$x"; done; rm -rf "$R/$id"; } ;; esac
  rm -f $R/lock
fi
for d in $R/*/; do for s in armed undoing confirming; do [ -e "$d$s" ] && { echo "$(basename "$d") $(date +%s)"; exit ${refusals.held}; }; done; done
(set -C; echo "${terms.id} $$ $(cut -d' ' -f22 /proc/$$/stat) $(date +%s) \${RIEGEL_CONNECTION%% *}" >$R/lock) 2>/dev/null || { cut -d' ' -f1,4- $R/lock; exit ${refusals.held}; }
exec 7<&-
mkdir -m 700 $D || exit ${refusals.other}
cleanup() { s=$?; [ $s = 0 ] && return; for x in $(cat "$D/stores" 2>/dev/null); do rm -rf "$x"; done; rm -rf "$D"; rm -f $R/lock; rmdir $R 2>/dev/null; true; }
trap cleanup EXIT
${write('lib.sh', lib)}
${write('vars', `SSH_UNIT=${quote(plan.unit)}\nSSH_SOCKET=${quote(plan.socket ?? '')}\nLEASE=${terms.lease}`)}
${write('undo.sh', undoScript(directory))}
${write('guard.sh', guardScript(directory))}
mkdir -p "$D/guard.d/multi-user.target.wants" && ln -s /etc/systemd/system/riegel-guard.service "$D/guard.d/multi-user.target.wants/" || exit ${refusals.other}
${write('guard.d/riegel-guard.service', guardUnit(directory))}
${write('about.json', terms.about)}
${write('steps.json', JSON.stringify({ schema: 'riegel.steps/1', steps: plan.steps.map(({ change, rules }) => ({ change, rules })) }))}
${write('open.sh', openScript(directory, plan))}
${write('ports.sh', portsScript(directory, plan))}
${write('close.sh', closeScript(directory, plan))}
mkdir "$D/undo.d"
. "$D/lib.sh"
same() { [ "$(if [ -f "$1" ]; then sha256sum <"$1" | cut -c1-64; else echo absent; fi)" = "$2" ] || { echo "$1"; exit ${refusals.stale}; }; }
${plan.files
  .filter(file => file.digest !== 'exists')
  .map(file => `same ${quote(file.path)} ${quote(file.digest)}`)
  .join('\n')}
printf '%s\n' ${guarded.flatMap(([item]) => (item.kind === 'file' && isSshd(item) ? [quote(item.path)] : [])).join(' ')} >"$D/sshd-files"
ssh_listeners >"$D/listeners"
sed 's/:[0-9]*$//' "$D/listeners" | sort -u >"$D/addresses"
[ -s "$D/listeners" ] || die 'no listener of sshd was seen'
for f in before wrote effects drift undo.lock step.lock; do true >"$D/$f" || die 'cannot write'; done
# kept for undo, which frees it first: neither blocks nor inodes may be missing then
mkdir "$D/spare" && for n in 1 2 3 4 5 6 7 8 9 a b c d e f; do head -c 32768 /dev/zero >"$D/spare/$n" || die 'no space'; done
${guarded.map(([item, n]) => saveItem(item, n)).join('\n')}
${checks.join('\n')}
${trees}
cat /proc/sys/kernel/random/boot_id >"$D/boot-id"
echo ${begun} >"$D/stage"
say 'state ${begun}'
: >${fileOf(begun)}
sync
exit 0
`
}

/**
 * A copy of all that sshd may read below /etc/ssh, but its host keys: an Include inside a Match is part of it. A folder
 * that is a link there is a folder in the copy; `into FILE PLACE` puts a file there, or none (`-`), and never through a link.
 */
const copyTree = (quoted: string): string =>
  `into() {
  case $(readlink -f -- "\${2%/*}")/ in "$(readlink -f -- "$D")"/*) ;; *) echo "riegel: \${2%/*} leads out of its copy"; exit 70 ;; esac
  if [ "$1" = - ]; then rm -f -- "$2"; else cp --remove-destination -- "$1" "$2" || exit 70; fi
}
mkdir ${quoted} && for x in /etc/ssh/*; do case $x in */ssh_host_*|*/moduli) ;; *) [ ! -e "$x" ] || cp -rH "$x" ${quoted}/ || exit 70 ;; esac; done
[ -d ${quoted}/sshd_config.d ] || mkdir ${quoted}/sshd_config.d`

/** Points the Includes of a copied tree into the tree: in quotes, behind an equals sign, several in a line (sshd_config(5)). */
const relocate = (quoted: string, path: string): string => {
  const include = '^[[:space:]]*"\\{0,1\\}[Ii][Nn][Cc][Ll][Uu][Dd][Ee]"\\{0,1\\}[[:space:]=]'
  const relative = `s|\\([[:space:]=]"\\{0,1\\}\\)\\([^/[:space:]="#]\\)|\\1${path}/\\2|g`
  return `find ${quoted} -type f -exec sed -i -e "/${include.replaceAll('"', '\\"')}/{ s|^[[:space:]]*||; s|/etc/ssh/|${path}/|g; ${relative.replaceAll('"', '\\"')}; }" {} +`
}

/** A copy of sshd's configuration as a stage will leave it, for `sshd -t` and for asking what would apply. */
const checkTree = (plan: Plan, stage: 'open' | 'close'): string => {
  const tree = `"$D/check-${stage}"`
  const puts = split(plan).guarded.flatMap(([item, index]) => {
    if (item.kind !== 'file' || item.effect !== 'sshd') return []
    const n = number(index)
    const content = stage === 'close' && item.stages.close !== undefined ? item.stages.close : item.stages.open
    if (content === undefined) return []
    const target = `${tree}${quote(item.path.replace(/^\/etc\/ssh/, ''))}`
    const from = stage === 'close' && item.stages.close !== undefined ? 'close' : 'open'
    return content === null ? [`into - ${target}`] : [`into "$(cat "$D/store-${n}")/new-${n}-${from}" ${target}`]
  })
  return `${copyTree(tree)}
${puts.join('\n')}
${relocate(tree, `$D/check-${stage}`)}
[ -d /run/sshd ] || mkdir -m 755 /run/sshd
complaint=$(sshd -t -f ${tree}/sshd_config 2>&1) || die "sshd -t: $(printf %s "$complaint" | head -n 2 | tr '\\n' ' ')"`
}

/** Starts the guard before the first change; on failure nothing was changed and everything is gone again. */
export const arming = (id: string, limit: number): string => `${head(directoryOf(id))}
exec 7<"$R"; flock -w 60 7 || exit 75
[ "$(state)" = ${begun} ] && [ "$(cut -d' ' -f1 2>/dev/null <"$R/lock")" = "$ID" ] || exit 76
rm -rf "$D/check-open" "$D/check-close"
mkdir -p "/run/riegel/$ID" && : >"/run/riegel/$ID/armed" || die 'cannot write /run'
echo $(($(up) + LEASE)) >"$D/lease"; echo $(($(up) + ${limit})) >"$D/limit"
abandon() { remove_guard; systemctl daemon-reload; rm -f ${fileOf(armed)} "$D/stage"; forget; printf 'riegel: %s\\n' "$1"; exit 70; }
# a server that shuts down ends its sessions: what has begun here ends by itself
trap '' TERM HUP PIPE
put_guard || abandon 'cannot write the guard'
printf '#!/bin/sh\\nexec sh %s/undo.sh hand\\n' "$D" >"$EMERGENCY" && chmod 700 "$EMERGENCY"
systemctl daemon-reload || abandon 'daemon-reload failed'
systemd-analyze verify "$GUARD" 2>&1 | grep -qi 'ordering cycle' && abandon 'ordering cycle at boot'
echo ${steps.open.from} >"$D/stage"
# armed without a guard on the disk would stay so for ever: it is there since put_guard
${move('arm')}; durable ${fileOf(armed)} "$D" "$GUARD" /etc/systemd/system "\${WANTS%/*}"
systemctl restart riegel-guard.service && systemctl -q is-active riegel-guard.service || { ${move('disarm')}; abandon 'the guard does not start'; }
FROM=${steps.open.from}
say 'state ${armed}'; tell "transaction $ID armed"
shout 'Riegel is changing how to log in here. It takes everything back by itself if that fails.'
exit 0
`

/** Runs a staged script where it can be found and ended: its own unit, with a limit below the lease. */
export const running = (id: string, name: string, limit: number): string =>
  `${head(directoryOf(id))}renew
exec systemd-run --quiet --wait --pipe --collect --unit=riegel-${id}-${name} -p RuntimeMaxSec=${limit} -p TimeoutStopSec=2 /bin/sh ${directoryOf(id)}/${name}.sh`

/** A second sshd on the new port, to prove the way there before the main one is touched (traps T15, T57). */
export const trialStart = (id: string, port: number, seconds: number): string => `${head(directoryOf(id))}
step ${steps.trial.from}
systemd-run --quiet --collect --unit=riegel-${id}-trial -p RuntimeMaxSec=${seconds} -p KillMode=process /usr/sbin/sshd -D -o PidFile=none -p ${port} || exit 70
i=0; until ss -H -tln "sport = :${port}" | grep -q .; do i=$((i + 1)); [ $i -lt 50 ] || exit 70; sleep 0.1; done
`
export const trialStop = (id: string): string => `systemctl stop riegel-${id}-trial.service 2>/dev/null; i=0
while systemctl -q is-active riegel-${id}-trial.service && [ $i -lt 20 ]; do i=$((i + 1)); sleep 0.1; done; true`

export const marking = (id: string, from: ArmedStage, to: ArmedStage): string =>
  `${head(directoryOf(id))}step ${from}\nmark ${to}`

export const renewing = (id: string): string => `${head(directoryOf(id))}renew`

export const confirming = (id: string): string => `${head(directoryOf(id))}
changed=$(unchanged) || { echo "changed $changed"; exit 77; }
# what somebody else broke since the last proof would keep sshd down at its next start
! grep -q . "$D/sshd-files" || broken=$(sshd -t 2>&1) || { printf '%s\n' "$broken" | head -n 2; exit 78; }
${move('confirm')} 2>/dev/null || { state; exit 76; }
durable ${fileOf(renames.confirm.to)} "$D"
finish_confirm
state
`

export const undoing = (id: string): string => `sh ${directoryOf(id)}/undo.sh client`

/** A confirmed one, on a person's word: up to where the old way can be proven; then the rest, or a halt with both ways. */
export const takingBack = (id: string, part: 'late' | 'proven' | 'unproven', lease: number): string =>
  `sh ${directoryOf(id)}/undo.sh ${part} ${lease}`

/** The client lives, and is still proving the old way. */
export const holding = (id: string, lease: number): string => `${head(directoryOf(id))}
[ -e "$D/hold" ] || exit 76
echo $(($(up) + ${lease})) >"$D/lease.new"; mv -f "$D/lease.new" "$D/lease"`

/** State, stage and the last lines of the journal: what is told is what was read here. */
export const reading = (id: string): string => `D=${directoryOf(id)}; [ -d $D ] || { echo none; exit 0; }
. $D/lib.sh
echo "$(state) $(cat $D/stage 2>/dev/null) $(($(cat $D/lease 2>/dev/null || echo 0) - $(up)))"
tail -n 20 $D/journal`

/**
 * One change after the door is confirmed: saved, written down for undo, then done, in a unit of its own: a connection
 * that breaks does not cut dpkg in two.
 */
export const after = (id: string, index: number, item: Item): string => {
  const script = `${head(directoryOf(id))}
MODE=after
fence() { [ -e ${fileOf(renames['end-confirm'].to)} ] || exit 76; }
fence
${installPackage}
${item.kind === 'file' && item.effect === 'fail2ban' ? `echo fail2ban >>"$D/effects" || die 'cannot write'` : ''}
${saveItem(item, index)}
${setItem(item, index, 'after')}
${item.kind === 'file' && item.effect === 'fail2ban' ? 'apply_fail2ban; await_fail2ban' : ''}
${item.kind === 'service' && item.unit === 'fail2ban.service' ? 'await_fail2ban' : ''}
say ${quote(`after: ${item.kind} ${number(index)}`)}
`
  const path = `${directoryOf(id)}/after-${number(index)}.sh`
  return `umask 077; cat >${path} ${here(script)}
exec systemd-run --quiet --wait --collect --unit=riegel-${id}-after-${number(index)} -p RuntimeMaxSec=600 /bin/sh ${path}
`
}

/** Before anything was armed: everything that was written aside is gone again. */
export const abandoning = (id: string): string => `${head(directoryOf(id))}
[ "$(state)" = ${begun} ] || exit 76
forget`

/** Where sshd's configuration lies as it will be after the last stage, while the transaction is staged. */
export const closedTree = (id: string): string => `${directoryOf(id)}/check-close/sshd_config`

/**
 * Every transaction on a server: `token T id state stage seconds-left`, its about.json and journal in base64, and for
 * a confirmed one each file it wrote as `token D number same|changed before-digest path`.
 */
export const listing = (token: string): string => `PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL
[ "$(id -u)" = 0 ] || exit 77
for D in ${root}/*/; do
  D=\${D%/}; [ -f "$D/lib.sh" ] || continue
  (
    . "$D/lib.sh"
    left=; [ "$(state)" = armed ] && left=$(($(cat "$D/lease") - $(up)))
    printf '\\n%s T %s %s %s %s\\n' ${token} "$ID" "$(state)" "$(cat "$D/stage" 2>/dev/null)" "$left"
    printf '%s A %s\\n' ${token} "$(head -c 65536 "$D/about.json" | base64 -w 0)"
    printf '%s J %s\\n' ${token} "$(tail -n 60 "$D/journal" | head -c 65536 | base64 -w 0)"
    [ "$(state)" = confirmed ] || exit 0
    while IFS='	' read -r n before path; do
      now=$(digest "$path")
      [ "$now" = "$before" ] || ours "$path" "$now" && word=same || word=changed
      printf '%s D %s %s %s %s\\n' ${token} "$n" $word "$(grep -qxF "$path" "$D/sshd-files" 2>/dev/null && echo sshd || echo other)" "$path"
    done <"$D/before"
  ) </dev/null
done
printf '\\n%s done\\n' ${token}
`

export interface Listed {
  readonly id: string
  readonly state: string
  readonly stage: string
  /** seconds until the server takes it back by itself; null unless armed */
  readonly left: number | null
  readonly about: About | null
  readonly journal: readonly string[]
  readonly files: readonly {
    readonly number: string
    readonly changed: boolean
    /** one that sshd reads: where it was changed nothing is taken back at all */
    readonly sshd: boolean
    readonly path: string
  }[]
}

const decode = (words: string): string => Buffer.from(words, 'base64').toString('utf8')

const readAbout = (words: string): About | null => {
  try {
    const value: unknown = JSON.parse(decode(words))
    const about = value as About
    return about?.schema === 'riegel.about/1' && Array.isArray(about.ports?.before) && Array.isArray(about.ports?.after)
      ? about
      : null
  } catch {
    return null
  }
}

/** What `listing` printed, oldest first; null where it was cut off. */
export const readListing = (token: string, output: string): Listed[] | null => {
  if (!output.includes(`\n${token} done`)) return null
  const found: (Listed & { files: Listed['files'][number][] })[] = []
  for (const line of output.split('\n')) {
    if (!line.startsWith(`${token} `)) continue
    const [, tag, ...rest] = line.split(' ')
    const last = found.at(-1)
    if (tag === 'T') {
      const [id = '', state = '', stage = '', left = ''] = rest
      found.push({ id, state, stage, left: left === '' ? null : Number(left), about: null, journal: [], files: [] })
    } else if (tag === 'A' && last) found[found.length - 1] = { ...last, about: readAbout(rest[0] ?? '') }
    else if (tag === 'J' && last)
      found[found.length - 1] = {
        ...last,
        journal: decode(rest[0] ?? '')
          .split('\n')
          .filter(Boolean),
      }
    else if (tag === 'D' && last) {
      const [number = '', word = '', kind = '', ...path] = rest
      last.files.push({ number, changed: word === 'changed', sshd: kind === 'sshd', path: path.join(' ') })
    }
  }
  return found
}

/** Exit codes of `merging` and `kept`: other content than was merged; staged by a Riegel that did not know of this. */
export const unmerged = { stale: 74, old: 78 } as const

/** Larger than this no file is merged or shown. */
export const maxMerged = 65_536

/** A file before the transaction, as Riegel wrote it, and as it is now, each in base64 on a line of its own; empty = not there. */
export const drifted = (id: string, number: string, path: string): string =>
  `D=${directoryOf(id)}; for f in "$(cat "$D/store-${number}")/old-${number}" "$D/put-${number}" ${quote(path)}; do if [ -f "$f" ]; then echo "+$(head -c ${maxMerged + 1} "$f" | base64 -w 0)"; else echo; fi; done`

/**
 * What a transaction did, to leave some of it out: `token S steps.json`, for each file `token F before wrote now path`, for
 * each mode `token M before now path`; contents in base64 after a `+`, `-` = not there.
 */
export const kept = (token: string, id: string): string => `${head(directoryOf(id))}
[ -f "$D/steps.json" ] || exit ${unmerged.old}
one() { [ -f "$1" ] || { printf -- -; return; }; printf +; head -c ${4 * maxMerged + 1} "$1" | base64 -w 0; }
printf '\\n%s S %s\\n' ${token} "$(one "$D/steps.json")"
while IFS='	' read -r n _ path; do
  printf '%s F %s %s %s %s\\n' ${token} "$(one "$(cat "$D/store-$n")/old-$n")" "$(one "$D/put-$n")" "$(one "$path")" "$path"
done <"$D/before"
if [ -f "$D/modes" ]; then while IFS='	' read -r _ mode path; do printf '%s M %s %s %s\\n' ${token} "$mode" "$(stat -c %a -- "$path" 2>/dev/null || echo 0)" "$path"; done <"$D/modes"; fi
printf '\\n%s done\\n' ${token}
`

export interface KeptAnswer {
  /** steps.json as it was read: not yet believed */
  readonly steps: string
  readonly files: ReadonlyMap<string, { before: Buffer | null; wrote: Buffer | null; now: Buffer | null }>
  readonly modes: ReadonlyMap<string, { before: number; now: number }>
}

/** What `kept` printed; null where it was cut off or something in it is too large. */
export const readKept = (token: string, output: string): KeptAnswer | null => {
  if (!output.includes(`\n${token} done`)) return null
  const read = (word = '-') => (word.startsWith('+') ? Buffer.from(word.slice(1), 'base64') : null)
  const octal = (word = '') => Number.parseInt(word, 8)
  let steps: string | null = null
  const files = new Map<string, { before: Buffer | null; wrote: Buffer | null; now: Buffer | null }>()
  const modes = new Map<string, { before: number; now: number }>()
  for (const line of output.split('\n')) {
    if (!line.startsWith(`${token} `)) continue
    const [, tag, first, ...rest] = line.split(' ')
    if (tag === 'S') steps = read(first)?.toString('utf8') ?? null
    else if (tag === 'M') modes.set(rest.slice(1).join(' '), { before: octal(first), now: octal(rest[0]) })
    else if (tag === 'F') {
      const [wrote, now, ...path] = rest
      files.set(path.join(' '), { before: read(first), wrote: read(wrote), now: read(now) })
    }
  }
  const all = [...files.values()].flatMap(({ before, wrote, now }) => [before, wrote, now])
  return steps === null || steps.length > 4 * maxMerged || all.some(one => (one?.length ?? 0) > 4 * maxMerged)
    ? null
    : { steps, files, modes }
}

/** A file that somebody changed since: the SHA-256 of what was merged, and what came of it; null = nothing is left. */
export interface Merge {
  readonly number: string
  readonly path: string
  readonly now: string
  readonly content: string | null
}

/** What of sshd's answer for an account decides whether it gets in. */
const door =
  '^(port|listenaddress|addressfamily|(allow|deny)(users|groups)|permitrootlogin|permitemptypasswords|[a-z]*authentication|authenticationmethods|authorized[a-z]*|trustedusercakeys|revokedkeys|usepam|strictmodes|maxauthtries|pubkey[a-z]*|host[a-z]*|kexalgorithms|ciphers|macs|forcecommand|chrootdirectory) '

/** Shell function: sshd's configuration as it was before, as a tree at T; merged files as the table given has them. */
const treeBefore = `tree_before() {
  rm -rf "$T"
${copyTree('"$T"')}
  while IFS='	' read -r n before path; do
    case $path in /etc/ssh/*) ;; *) continue ;; esac
    from=$(cat "$D/store-$n")/old-$n
    m=$(awk -F '\t' -v p="$path" '$4 == p { print $3; exit }' "$1" 2>/dev/null)
    if [ -n "$m" ]; then before=$m; from=$(cat "$D/store-$n")/merge-$n; fi
    [ "$before" != absent ] || from=-
    into "$from" "$T/\${path#/etc/ssh/}"
  done <"$D/before"
${relocate('"$T"', '$T')}
}
`

/**
 * Writes merged files aside, where undo only renames them, and has each checked by who reads it. sshd must say the same
 * of the way back with them as it did before the transaction.
 */
export const merging = (id: string, merges: readonly Merge[], way: { user: string; from: string }): string =>
  `${head(directoryOf(id))}
[ "$(state)" = confirmed ] || exit 76
command -v merged >/dev/null || exit ${unmerged.old}
[ -d /run/sshd ] || mkdir -m 755 /run/sshd
T=$D/check-merge; new=$D/merged.new; true >"$new" || die 'cannot write'
trap 'rm -rf "$T" "$new"' EXIT
${treeBefore}aside() {
  was=$(digest "$2"); case $was in "$3":*) ;; *) echo "$2"; exit ${unmerged.stale} ;; esac
  if [ "$4" = absent ]; then printf '%s\t%s\tabsent\t%s\n' "$1" "$was" "$2" >>"$new"; return; fi
  m=$(cat "$D/store-$1")/merge-$1
  rm -f -- "$m" && cp -a -- "$2" "$m" && base64 -d >"$m" || die "cannot write $m"
  case $2 in
    /etc/sudoers|/etc/sudoers.d/*) visudo -qcf "$m" >/dev/null 2>&1 || die "visudo refuses $2" ;;
    /etc/nftables.conf) nft -c -f "$m" >/dev/null 2>&1 || die "nft refuses $2" ;;
  esac
  printf '%s\t%s\t%s\t%s\n' "$1" "$was" "$(digest "$m")" "$2" >>"$new"
}
${merges
  .map(({ number, path, now, content }) =>
    content === null
      ? `aside ${number} ${quote(path)} ${now} absent`
      : `aside ${number} ${quote(path)} ${now} file ${here(Buffer.from(content).toString('base64'))}`,
  )
  .join('\n')}
says() { sshd -T -f "$T/sshd_config" -C ${quote(`user=${way.user},${way.from}`)} 2>&1; }
tree_before /dev/null; was=$(says) || was=
tree_before "$new"; is=$(says) || die "sshd: $(printf %s "$is" | head -n 1)"
[ "$(printf '%s\n' "$was" | grep -E ${quote(door)})" = "$(printf '%s\n' "$is" | grep -E ${quote(door)})" ] || die 'sshd would not let in as before'
sync
mv -f "$new" "$D/merged"; durable "$D/merged" "$D"
exit 0
`

/**
 * sshd's configuration as it was before a transaction, as a tree beside it; and a second sshd that runs on it, on a
 * port that is free now. Root's keys that were put aside are looked for where they lie.
 */
export const trialBefore = (id: string, port: number, seconds: number): string => `${head(directoryOf(id))}
T=$D/check-before
${treeBefore}tree_before "$D/merged"
keys=
while IFS='	' read -r n before path; do
  case $path in /root/.ssh/*) [ "$before" = absent ] || keys="$keys $(cat "$D/store-$n")/old-$n" ;; esac
done <"$D/before"
[ -d /run/sshd ] || mkdir -m 755 /run/sshd
sshd -t -f "$T/sshd_config" || exit 70
systemd-run --quiet --collect --unit=riegel-back-${id} -p RuntimeMaxSec=${seconds} -p KillMode=process /usr/sbin/sshd -D -f "$T/sshd_config" -o PidFile=none \${keys:+-o "AuthorizedKeysFile=.ssh/authorized_keys$keys"} -p ${port} || exit 70
i=0; until ss -H -tln "sport = :${port}" | grep -q .; do i=$((i + 1)); [ $i -lt 50 ] || exit 70; sleep 0.1; done
cut -f1 "$D/locks" 2>/dev/null; true
`
export const trialBeforeEnd = (id: string): string => `systemctl stop riegel-back-${id}.service 2>/dev/null; i=0
while systemctl -q is-active riegel-back-${id}.service && [ $i -lt 20 ]; do i=$((i + 1)); sleep 0.1; done; rm -rf ${directoryOf(id)}/check-before; true`
