// What a host is, so that two moments can be compared: "afterwards it equals the host before". Files are read from
// outside, so a host that is down can be compared as well; units, listeners and rules are asked from inside.

import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import type { Host } from './host.js'

export interface Snapshot {
  /** path to type, mode, owner and contents' digest or link target */
  files: Map<string, string>
  /** unit file to its state and preset, and of the units that matter whether they are active */
  units: Map<string, string>
  /** address and port, and the program that listens there */
  listeners: string[]
  ruleset: string
}

/** Everything below these is compared, but for the exclusions. */
export const covered = ['/etc', '/root', '/home', '/usr/local', '/var/lib', '/var/spool', '/opt', '/srv', '/boot']

/** What is not compared: a path, or all that matches. Times and inodes are not looked at anywhere. */
export const exclusions: { path: string | RegExp; why: string }[] = [
  { path: /^\/etc\/(passwd|shadow|group|gshadow|subuid|subgid)-$/, why: 'backups that every account tool writes' },
  { path: '/etc/.pwd.lock', why: 'the account tools’ lock file, made by the first of them and left' },
  { path: '/etc/.updated', why: 'systemd’s note that /etc is as new as /usr: a time' },
  { path: '/etc/ld.so.cache', why: 'the linker’s cache, made anew when packages come' },
  { path: '/var/lib/dpkg', why: 'packages that were added stay and are named' },
  { path: '/var/lib/apt', why: 'apt’s lists and marks' },
  { path: '/var/lib/ucf', why: 'packages’ memory of their configuration files' },
  { path: '/var/lib/pam', why: 'pam-auth-update’s memory, packages’ business' },
  { path: '/var/lib/shells.state', why: 'packages’ memory of the shells they brought' },
  { path: '/var/lib/riegel', why: 'Riegel’s own records, kept so that undo works weeks later' },
  { path: '/var/lib/private', why: 'state of services under a passing user' },
  { path: '/var/lib/sudo', why: 'whom sudo has lectured' },
  { path: '/var/lib/lastlog', why: 'who logged in when' },
  { path: '/var/lib/wtmpdb', why: 'who logged in when' },
  { path: '/var/lib/logrotate', why: 'when logs were turned' },
  { path: '/var/lib/fail2ban', why: 'the bans of now' },
  { path: '/var/lib/cloud', why: 'cloud-init’s notes on each boot' },
  { path: '/var/lib/systemd/timers', why: 'when timers last fired' },
  { path: '/var/lib/systemd/timesync', why: 'a clock reading' },
  { path: '/var/lib/systemd/random-seed', why: 'another at each shutdown' },
  { path: '/var/lib/systemd/catalog', why: 'a cache of messages' },
  { path: '/var/lib/systemd/coredump', why: 'what crashed' },
  { path: '/var/lib/systemd/rfkill', why: 'device states' },
  { path: '/var/lib/systemd/backlight', why: 'device states' },
  { path: '/var/lib/systemd/deb-systemd-helper-enabled', why: 'packages’ memory of units they enabled' },
  { path: '/var/lib/systemd/deb-systemd-user-helper-enabled', why: 'packages’ memory of units they enabled' },
  { path: /^\/(root|home\/[^/]+)\/\.(bash_history|lesshst|viminfo|wget-hsts)$/, why: 'histories' },
  { path: /^\/(root|home\/[^/]+)\/\.cache$/, why: 'caches, such as pam_motd’s mark' },
]

function excluded(path: string): boolean {
  return exclusions.some(({ path: rule }) => (typeof rule === 'string' ? rule === path : rule.test(path)))
}

function kind(stat: Stats): string {
  if (stat.isDirectory()) return 'folder'
  if (stat.isSymbolicLink()) return 'link'
  if (stat.isFile()) return 'file'
  return 'special'
}

async function describe(outside: string, stat: Stats): Promise<string> {
  const head = `${kind(stat)} ${(stat.mode & 0o7777).toString(8).padStart(4, '0')} ${stat.uid}:${stat.gid}`
  if (stat.isSymbolicLink()) return `${kind(stat)} ${stat.uid}:${stat.gid} -> ${await readlink(outside)}`
  if (!stat.isFile()) return head
  return `${head} ${createHash('sha256')
    .update(await readFile(outside))
    .digest('hex')}`
}

async function collect(root: string, path: string, into: Map<string, string>): Promise<void> {
  if (excluded(path)) return
  const outside = `${root}${path}`
  try {
    const stat = await lstat(outside)
    into.set(path, await describe(outside, stat))
    if (!stat.isDirectory()) return
    for (const name of (await readdir(outside)).sort()) await collect(root, `${path}/${name}`, into)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** The units whose running is compared, whether they exist or not. */
const watched = [
  ...['ssh.service', 'ssh.socket', 'sshd.service', 'fail2ban.service', 'ufw.service', 'firewalld.service'],
  ...['nftables.service', 'systemd-timesyncd.service', 'apt-daily.timer', 'apt-daily-upgrade.timer'],
  ...['unattended-upgrades.service', 'cron.service', 'rsyslog.service'],
]

const mark = '--- riegel lab ---'

/** After a boot sshd greets before the last units are up: the rest is waited for, but not for long. */
const questions = `timeout 5 systemctl is-system-running --wait >/dev/null 2>&1
systemctl list-unit-files --no-legend --no-pager --plain
echo '${mark}'
systemctl show --property=ActiveState,UnitFileState,LoadState ${watched.join(' ')}
echo '${mark}'
systemctl list-units --all --no-legend --no-pager --plain --full 'riegel*' | awk '{ print $1, $3, $4 }'
echo '${mark}'
ss -H -tlnp
echo '${mark}'
nft list ruleset
`

/** `nft list ruleset` without what changes by itself: counters, and how long a ban still lasts. */
export function withoutCounters(ruleset: string): string {
  return ruleset
    .replace(/counter packets \d+ bytes \d+/g, 'counter')
    .replace(/ expires [\dwdhms]+/g, '')
    .trim()
}

/** One line of `ss -H -tlnp` as "address:port program". */
export function listener(line: string): string {
  const words = line.trim().split(/\s+/)
  const programs = [...(words[5] ?? '').matchAll(/\("([^"]+)"/g)].map(match => match[1])
  return `${words[3]} ${[...new Set(programs)].sort().join(',')}`
}

function unitLines(text: string): [string, string][] {
  return text
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([name, state]) => name !== '' && state !== 'transient')
    .map(([name = '', ...rest]) => [name, rest.join(' ')])
}

/** The stanzas of `systemctl show`, in the order in which the units were asked for. */
function shown(text: string): [string, string][] {
  return text
    .trim()
    .split('\n\n')
    .map((stanza, index) => {
      const fields = new Map(stanza.split('\n').map(line => line.split('=', 2) as [string, string]))
      const words = [fields.get('ActiveState'), fields.get('UnitFileState') || fields.get('LoadState')]
      return [watched[index] ?? '', words.join(' ')]
    })
}

/** Looks at a host; one that is down has files only. */
export async function snapshot(host: Host): Promise<Snapshot> {
  const files = new Map<string, string>()
  const asked = host.running ? host.must(questions) : ''
  for (const path of covered) await collect(host.rootPath, path, files)
  if (asked === '') return { files, units: new Map(), listeners: [], ruleset: '' }
  const answers = (await asked).split(`${mark}\n`)
  const [unitFiles = '', states = '', own = '', sockets = '', rules = ''] = answers
  const units = new Map(unitLines(unitFiles))
  for (const [name, state] of [...shown(states), ...unitLines(own)]) units.set(`${name} (running)`, state)
  const listeners = sockets.split('\n').filter(Boolean).map(listener).sort()
  return { files, units, listeners: [...new Set(listeners)], ruleset: withoutCounters(rules) }
}

function compare(title: string, a: Map<string, string>, b: Map<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort().flatMap(key => {
    const [before, after] = [a.get(key), b.get(key)]
    if (before === after) return []
    if (before === undefined) return [`${title} ${key}: added (${after})`]
    if (after === undefined) return [`${title} ${key}: gone (was ${before})`]
    return [`${title} ${key}: ${before} became ${after}`]
  })
}

/** Each text line with how often it occurs, so that lines can be compared like names. */
function lineCounts(lines: string[]): Map<string, string> {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return new Map([...counts].map(([line, times]) => [line, `${times} times`]))
}

/** What differs, one readable line each; nothing when the host is the same. */
export function difference(a: Snapshot, b: Snapshot): string[] {
  const rules =
    a.ruleset === b.ruleset ? [] : compare('rule', lineCounts(a.ruleset.split('\n')), lineCounts(b.ruleset.split('\n')))
  return [
    ...compare('file', a.files, b.files),
    ...compare('unit', a.units, b.units),
    ...compare('listener', lineCounts(a.listeners), lineCounts(b.listeners)),
    ...(a.ruleset !== b.ruleset && rules.length === 0 ? ['rules: in another order'] : rules),
  ]
}
