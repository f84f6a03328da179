import { runsApart } from '../model/daemon.js'
import type { Facts, Section, SectionName, Sections, Unseen } from '../model/facts.js'
import { unseen } from '../model/facts.js'
import type { Look } from './look.js'
import { looks } from './looks/index.js'
import { prelude } from './prelude.js'

export type Occasion = 'audit' | 'harden'

const chosen = (occasion: Occasion, section?: SectionName): readonly Look<SectionName>[] =>
  looks.filter(l => (section === undefined ? l.only === undefined || occasion === 'harden' : l.section === section))

/**
 * Seconds that all looks have together: on a healthy machine they need a hundredth of it. Their shell is silent meanwhile,
 * and the client bears twenty (target/frames.ts).
 */
const together = 10
/** Seconds after which none is asked again that might take longer; the client waits for 120 (riegel/look.ts). */
const atMost = 100

/**
 * All looks as one POSIX script. Every section stands between `TOKEN begin NAME` and `TOKEN end NAME STATUS`; a last
 * `TOKEN done` proves that nothing was cut off. They share one shell, which asks once for what several need, since a shell
 * for each look costs more than the look; in it they run as two rows beside each other, of which one asks systemd for
 * both. Where one hangs, those that had not ended are asked again, each for itself and within its own limit, as long as
 * there is time; the last answer counts. Time-outs kill: sudo takes no notice of less while it asks for a name.
 * `token`: random, so that nothing a server says can pass for a frame. `section`: only that look.
 */
export const lookScript = (token: string, occasion: Occasion, section?: SectionName): string => {
  const all = chosen(occasion, section)
  const units = all.flatMap(l => l.units ?? [])
  const limited = all.map(l => ` ${l.section} ${l.limit}`).join('')
  const one = (l: Look<SectionName>) => `
look_${l.section}() {
${l.units ? `UNITS='${l.units.join(' ')}'\n` : ''}${l.sh.trim()}
}
`
  const row = (which: (l: Look<SectionName>) => boolean) =>
    all
      .filter(which)
      .map(l => `one ${l.section}`)
      .join('; ')
  const work =
    section === undefined
      ? `# 3: what the row beside prints, which is held until the other has ended; 4: what that prints; 5: what has ended
answer=$({
  {
    ended=$(timeout -s KILL ${together} sh -c "$program"'
# whatever of it is still running later must hold none of the ways by which answers go
one() { begin $1; (look_$1) </dev/null 3>&- 4>&- 5>&- 7>&-; end $1 $?; echo $1 >&5; }
# both rows tell the time
clocks 3>&- 4>&- 5>&- 7>&-
{ gather_beside 3>&- 4>&- 5>&- 7>&-; { ${row(l => l.beside === true)}; } >&3; } </dev/null | {
  { gather_quick 3>&- 4>&- 5>&- 7>&-; ${row(l => !l.beside && !l.units)}; gather_units; ${row(l => !l.beside && l.units !== undefined)}; } >&4
}' look </dev/null 2>/dev/null 5>&1)
    # a line for each becomes one line, without a shell for it
    set -- $ended; ended=" $* "
    set --${limited}
    while [ $# -gt 0 ]; do
      # what is asked again may take its time, and must not be taken for dead
      case $ended in *" $1 "*) ;; *) ! command -v speak >/dev/null || speak 3>&- 4>&- 7>&-; each "$1" "$2" ;; esac
      shift 2
    done
  } 4>&7 3>&1 | { held=$(cat); printf '%s\\n' "$held"; }
} 7>&1)`
      : `answer=$(each${limited})`
  return `# Riegel looks at this machine: it reads and changes nothing
RIEGEL_TOKEN=${token}
RIEGEL_OCCASION=${occasion}
RIEGEL_UID=\${RIEGEL_UID:-$(id -u)}
RIEGEL_UNITS='${units.join(' ')}'
export RIEGEL_TOKEN RIEGEL_OCCASION RIEGEL_UID RIEGEL_UNITS
program=$(cat <<'END-PROGRAM'
${prelude}
${all.map(one).join('')}
begin() { printf '\\n%s begin %s\\n' "$RIEGEL_TOKEN" "$1"; }
end() { printf '\\n%s end %s %s\\n' "$RIEGEL_TOKEN" "$1" "$2"; }
END-PROGRAM
)
read -r began rest </proc/uptime; began=\${began%.*}
# NAME SECONDS ...: each in a shell of its own
each() {
  while [ $# -gt 0 ]; do
    printf '\\n%s begin %s\\n' "$RIEGEL_TOKEN" "$1"
    read -r now rest </proc/uptime
    if [ $((\${now%.*} + $2 - began)) -gt ${atMost} ]; then late=124
    else
      timeout -s KILL "$2" sh -c "$program
look_$1" look </dev/null 2>/dev/null 3>&- 4>&- 7>&-
      late=$?
    fi
    printf '\\n%s end %s %s\\n' "$RIEGEL_TOKEN" "$1" "$late"
    shift 2
  done
}
# in one piece: each line by itself would be a packet
${work}
printf '%s\\n%s done\\n' "$answer" "$RIEGEL_TOKEN"
`
}

const endings: Readonly<Record<number, Unseen>> = {
  75: 'truncated',
  77: 'denied',
  78: 'missing-tool',
  124: 'timeout',
  137: 'timeout',
}

/**
 * More than any look of ours prints: they stop at 5000 accounts, 64 KiB of a file. Parsers may take their time with each
 * line and each pair of lines, so what a hostile server sends instead must not reach them.
 */
const most = { letters: 8 * 1024 * 1024, line: 256 * 1024, lines: 100_000 } as const

/** Its parser compares each account with each group. */
const mostAccounts = 20_000

const tooLarge = (section: SectionName, text: string): boolean => {
  if (text.length > most.letters) return true
  const allowed = section === 'accounts' ? mostAccounts : most.lines
  let lines = 0
  for (let from = 0; from < text.length; lines += 1) {
    const at = text.indexOf('\n', from)
    const end = at < 0 ? text.length : at
    if (end - from > most.line || lines > allowed) return true
    from = end + 1
  }
  return false
}

const read = <S extends SectionName>(l: Look<S>, status: number, text: string): Section<Sections[S]> => {
  if (status !== 0) return unseen(endings[status] ?? 'unparsable', `exit ${status}`)
  if (tooLarge(l.section, text)) return unseen('truncated', 'too large')
  try {
    return { seen: true, value: l.parse({ status, text }) }
  } catch (error) {
    return unseen('unparsable', error instanceof Error ? error.message : String(error))
  }
}

type Looked = { [K in SectionName]: Section<Sections[K]> }

/** Everything `not-looked`: the start of every Facts. */
export const nothingSeen = (): Looked => {
  const names = [...looks.map(l => l.section), 'wire', 'operator', 'passwords', 'vault'] as const
  return Object.fromEntries(names.map(name => [name, unseen('not-looked')])) as unknown as Looked
}

/**
 * What the script printed, as sections. Never throws; a section whose end is missing is `truncated`.
 * Effective settings count only if the running daemon can have read the files (transaction.md): else they are `stale`.
 * Where sshd itself refuses its files, that is the reason for all that had to ask it.
 */
export const readLooks = (token: string, output: string): Looked => {
  const sections = nothingSeen()
  const complete = output.includes(`\n${token} done`)
  for (const l of looks) {
    const start = output.lastIndexOf(`\n${token} begin ${l.section}\n`)
    if (start < 0) {
      if (!complete) put(sections, l.section, unseen('truncated'))
      continue
    }
    const from = start + `\n${token} begin ${l.section}\n`.length
    const mark = `\n${token} end ${l.section} `
    const end = output.indexOf(mark, from - 1)
    // only what had not ended is asked again: whoever answers once more is not the look
    const ended = output.indexOf(mark)
    if (ended >= 0 && ended < start) put(sections, l.section, unseen('unparsable', 'answered twice'))
    else if (end < 0) put(sections, l.section, unseen('truncated'))
    else {
      const status = Number.parseInt(output.slice(end + mark.length, end + mark.length + 4), 10)
      put(sections, l.section, read(l, status, output.slice(from, end)))
    }
  }
  if (sections.sshd.seen && !sections.sshd.value.valid)
    for (const name of ['effective', 'loginKeys'] as const)
      if (!sections[name].seen) put(sections, name, unseen('broken-config', sections.sshd.value.complaint))
  const stale = staleness(sections)
  if (stale !== null && sections.effective.seen) sections.effective = unseen('stale', stale)
  return sections
}

const put = (sections: Looked, name: SectionName, section: Section<unknown>): void => {
  ;(sections as Record<string, Section<unknown>>)[name] = section
}

/** Why the files may not be what the daemon runs with: a newer file, or the command line that says so; else null. */
export const staleness = (sections: Facts['sections']): string | null => {
  if (!sections.sshd.seen) return null
  const apart = runsApart(sections.sshd.value)
  if (apart !== null) return `sshd: ${apart}`
  const { units, files, directories } = sections.sshd.value
  const running = units.filter(unit => unit.active === 'active' && unit.name.endsWith('.service'))
  const changed = Math.max(0, ...running.map(unit => unit.changedAt))
  // socket-activated: sshd reads the files for each connection
  if (changed === 0) return null
  // the clock of /proc/uptime ticks in hundredths of a second
  const newer = [...files, ...directories].find(entry => Math.max(entry.mtime, entry.ctime) > changed + 0.06)
  return newer ? newer.path : null
}
