// Faults at every state of a transaction: each at the instant the server's journal names the state. Afterwards the
// owner must get in, the host must equal before or the confirmed one, nobody may have been told a success that is
// none, and the next harden must work.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import {
  difference,
  type Host,
  type HostOptions,
  type Lab,
  type Running,
  type Snapshot,
  type Suite,
  snapshot,
} from './lab/index.js'
import { sleep } from './lab/tools.js'
import { byKey, fingerprint, nftables, Operator, withUser } from './support.js'

export const states = ['staged', 'armed', 'widened', 'proven', 'narrowed', 'proven-again', 'confirmed'] as const
/** in the midst of a step, while its shell still runs on the server */
export const midst = ['account made', 'opened on disk', 'closed on disk'] as const
export type State = (typeof states)[number] | (typeof midst)[number] | 'undoing'

export type Fault =
  | 'client killed'
  /** SIGSTOP until the lease is over, then it goes on */
  | 'client stopped'
  /** a laptop's lid: its ssh is stopped with it */
  | 'client asleep'
  | 'network cut'
  /** a firewall on the way lets nothing through to the port in use */
  | 'port blocked'
  | 'server rebooted'
  | 'power cut'
  /** the guard's hard limit is reached while the client is alive and renews */
  | 'guard fires'
  | 'second client'
  | 'disk full'
  | '/etc read-only'
  /** sshd's unit cannot reload any more */
  | 'reload fails'
  /** somebody else's file, which sshd does not understand, lies in sshd_config.d */
  | 'sshd -t fails'
  /** another program takes the new port, on IPv4 only */
  | 'port taken on IPv4'
  /** the account's key is not the one the operator holds */
  | 'wrong key'
  /** the account's shell lets nobody in */
  | 'shell gone'
  /** the server's journal can be neither read nor written */
  | 'journal unreadable'

/** What breaks a part of the server; the first six break the client, the network, the power, or come from the guard. */
export const breaks = [
  'reload fails',
  'sshd -t fails',
  'port taken on IPv4',
  'wrong key',
  'shell gone',
  'journal unreadable',
] as const satisfies readonly Fault[]

/**
 * Where a fault of a part can be had: a port that sshd has cannot be taken, an account that is not there has no shell.
 * Whoever breaks the door behind the last proof is somebody else who changes the server: that is not promised.
 */
export const breaksAt = (fault: (typeof breaks)[number], set: ChangeSet): readonly State[] => {
  const all: readonly State[] = [...states, ...midst]
  const but = (...others: State[]) => all.filter(state => !others.includes(state))
  const theirs = set.fresh.user === set.old.user
  switch (fault) {
    case 'reload fails':
    case 'sshd -t fails':
      return but('confirmed', ...(theirs ? ['account made' as const] : []))
    case 'port taken on IPv4':
      return set.fresh.port === 22 ? [] : ['staged', 'armed', ...(theirs ? [] : ['account made' as const])]
    case 'wrong key':
      return theirs ? [] : but('proven-again', 'confirmed')
    case 'shell gone':
      return theirs ? [] : but('staged', 'armed', 'proven-again', 'confirmed')
    case 'journal unreadable':
      return but(...(theirs ? ['account made' as const] : []))
  }
}

/** A server and what harden is to do to it. */
export interface ChangeSet {
  readonly name: string
  readonly layers?: HostOptions['layers']
  /** sh in the host's root before it boots */
  readonly setup: (keyLine: string) => string
  /** sh in the booted host */
  readonly start?: string
  /** who gets in before, and what shows that they are root */
  readonly old: { readonly user: string; readonly root: string }
  readonly fresh: { readonly user: string; readonly port: number; readonly root: string }
  readonly words: (operator: Operator) => readonly string[]
  /** the command, where it is not harden */
  readonly command?: 'second-factor'
}

const anna = (operator: Operator, port: string) => [
  '--user',
  'anna',
  '--key',
  operator.key,
  '--new-port',
  port,
  '--sudo',
  'nopasswd',
]
const rootFirst = {
  setup: byKey,
  old: { user: 'root', root: 'id -u' },
  fresh: { user: 'anna', port: 301, root: 'sudo -n id -u' },
  words: (operator: Operator) => anna(operator, '301'),
} as const

const filtering = `cat >/etc/nftables.conf <<'END'\n${nftables}END\nsystemctl enable nftables\n`

/** Debian's own socket instead of the daemon that opens its port itself. */
export const socketOnly = 'systemctl -q disable ssh.service && systemctl -q enable ssh.socket\n'

export const changeSets = {
  move: { name: 'account, port, all closed', ...rootFirst },
  keep: {
    name: 'the port stays',
    ...rootFirst,
    fresh: { ...rootFirst.fresh, port: 22 },
    words: (operator: Operator) => anna(operator, 'keep'),
  },
  ufw: {
    name: 'behind ufw',
    ...rootFirst,
    layers: ['ufw'],
    start: 'ufw allow 22/tcp >/dev/null && ufw --force enable >/dev/null',
  },
  socket: { name: 'ssh.socket holds the port', ...rootFirst, setup: line => `${byKey(line)}${socketOnly}` },
  nftables: { name: 'behind nftables', ...rootFirst, setup: line => `${byKey(line)}${filtering}` },
  admin: {
    name: 'own account kept',
    setup: line => withUser('maria', line, 'NOPASSWD: ALL'),
    old: { user: 'maria', root: 'sudo -n id -u' },
    fresh: { user: 'maria', port: 301, root: 'sudo -n id -u' },
    words: () => ['--new-port', '301', '--sudo', 'nopasswd'],
  },
  factor: {
    name: 'a second factor',
    setup: line => withUser('maria', line, 'NOPASSWD: ALL'),
    start: 'apt-get -qq install -y --no-install-recommends libpam-google-authenticator >/dev/null',
    old: { user: 'maria', root: 'sudo -n id -u' },
    fresh: { user: 'maria', port: 22, root: 'sudo -n id -u' },
    command: 'second-factor',
    words: operator => [
      ...['--totp-secret-file', `${operator.home}/secret`],
      ...['--recovery-codes-file', `${operator.home}/codes-${Date.now()}`],
    ],
  },
} as const satisfies Readonly<Record<string, ChangeSet>>

export interface Case {
  readonly suite: Suite
  readonly set: ChangeSet
  readonly fault: Fault
  readonly state: State
  /** what else is wrong from the start: the new port is blocked, so that everything is taken back */
  readonly blocked?: boolean
  /** seconds a stopped client stays so, under the lease that people have; else a little longer than the table's short one */
  readonly stopped?: number
}

export interface Row extends Case {
  /** milliseconds between the journal's line and the fault */
  readonly delay: number
  readonly ended: string
  readonly lockedOut: boolean
  readonly between: readonly string[]
  readonly falseSuccess: boolean
  readonly nextFailed: string
  readonly seconds: number
}

/** The directory of the one transaction on a host, seen from outside; null while there is none. */
const transaction = (host: Host): string | null => {
  const root = `${host.rootPath}/var/lib/riegel`
  if (!existsSync(root)) return null
  const name = readdirSync(root).find(entry => /^\d{8}-/.test(entry))
  return name === undefined ? null : `${root}/${name}`
}

const journal = (host: Host): string => {
  const directory = transaction(host)
  try {
    return directory === null ? '' : readFileSync(`${directory}/journal`, 'utf8')
  } catch {
    return ''
  }
}

export const stateOf = (host: Host): string => {
  const directory = transaction(host)
  if (directory === null) return 'none'
  const names = ['confirmed', 'rolled-back', 'stuck', 'undoing', 'confirming', 'armed', 'staged']
  return names.find(name => existsSync(`${directory}/${name}`)) ?? 'none'
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** What shows from outside that a state, or the midst of a step, is reached. */
const signs: Readonly<Record<(typeof midst)[number], (host: Host) => boolean>> = {
  'account made': host => /^anna:/m.test(read(`${host.rootPath}/etc/passwd`)),
  'opened on disk': host => read(`${host.rootPath}/etc/ssh/sshd_config.d/00-riegel.conf`) !== '',
  'closed on disk': host =>
    /^(PasswordAuthentication no|AuthenticationMethods publickey,keyboard-interactive$)/m.test(
      read(`${host.rootPath}/etc/ssh/sshd_config.d/00-riegel.conf`),
    ),
}
const isReached = (host: Host, state: State): boolean =>
  state in signs
    ? signs[state as keyof typeof signs](host)
    : journal(host).includes(state === 'undoing' ? 'undo begins' : `state ${state}\n`)

/** Waits for it, looking every three milliseconds. Gives when it was first seen. */
export const reached = async (
  host: Host,
  state: State,
  over: () => boolean,
  timeoutMs: number,
): Promise<number | null> => {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    if (isReached(host, state)) return Date.now()
    if (over() && !isReached(host, state)) return null
    await sleep(3)
  }
  return null
}

/** A confirmed host differs from before in these places; what names the transaction is left out. */
const places = (changes: readonly string[]): string[] =>
  changes
    .map(line =>
      line
        .replace(/(((?:00|zz)-riegel|nftables)\.conf.*)\b[0-9a-f]{64}/, '$1')
        .replace(/riegel-\d{8}-\d{6}-\w+/, 'riegel-ID')
        // a login writes down which codes were used
        .replace(/(second-factor\/.*)\b[0-9a-f]{64}/, '$1'),
    )
    .sort()

export interface Bench {
  readonly lab: Lab
  readonly host: Host
  readonly set: ChangeSet
  readonly operator: Operator
  readonly before: Snapshot
  /** how a confirmed host differs */
  readonly confirmed: readonly string[]
}

const lease = 8

export const hardening = async (
  operator: Operator,
  host: Host,
  set: ChangeSet = changeSets.move,
  seconds: number | null = lease,
): Promise<string[]> => [
  set.command ?? 'harden',
  `${set.old.user}@${host.ip4}`,
  ...operator.files,
  '--host-key',
  await fingerprint(host),
  '--yes',
  ...set.words(operator),
  ...allowed(set),
  ...(seconds === null ? [] : ['--lease', String(seconds)]),
  ...['--format', 'json'],
]

const allowed = ({ command }: ChangeSet): readonly string[] => [
  ...['--allow', 'no-console', '--allow', 'others-cut-off'],
  ...(command === undefined ? ['--skip', 'upkeep'] : []),
]

const fresh = async ({ host, set }: Pick<Bench, 'host' | 'set'>): Promise<void> => {
  await host.reset()
  if (set.start !== undefined) await host.must(set.start)
}

/** A host of a release, an operator of its own, and how it looks before and after a harden that nobody disturbs. */
export const bench = async (lab: Lab, suite: Suite, set: ChangeSet, disk: 'overlay' | 'ext4'): Promise<Bench> => {
  const operator = await Operator.in(lab)
  writeFileSync(`${operator.home}/secret`, 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n', { mode: 0o600 })
  const host = await lab.host({
    suite,
    setup: set.setup(operator.keyLine),
    disk,
    sizeMb: 400,
    ...(set.layers && { layers: set.layers }),
  })
  if (set.start !== undefined) await host.must(set.start)
  const before = await snapshot(host)
  const done = await operator.riegel(await hardening(operator, host, set))
  if (done.code !== 0) throw new Error(`undisturbed, harden ends with ${done.code}: ${done.stderr}`)
  return { lab, host, set, operator, before, confirmed: places(difference(before, await snapshot(host))) }
}

/** Does it; gives how to mend it, where the server has to be mended before it can settle. */
const strike = async (bench: Bench, one: Case, client: Running): Promise<(() => Promise<void>) | null> => {
  const { host, operator, set } = bench
  const { fault } = one
  switch (fault) {
    case 'client killed':
      client.kill()
      return null
    case 'client stopped':
    case 'client asleep': {
      const whom = fault === 'client asleep' ? -client.pid : client.pid
      process.kill(whom, 'SIGSTOP')
      return async () => {
        process.kill(whom, 'SIGCONT')
      }
    }
    case 'network cut':
      await host.cutNetwork()
      return null
    case 'port blocked':
      await host.blockPort(set.fresh.port)
      return null
    case 'server rebooted':
      await host.reboot({ port: 0 })
      return null
    case 'power cut':
      await host.powerCut({ port: 0 })
      return null
    case 'guard fires':
      await host.sh('for d in /var/lib/riegel/*/; do [ ! -e "$d/limit" ] || echo 0 >"$d/limit"; done')
      return null
    case 'second client': {
      const second = await operator.riegel(await hardening(operator, host, set))
      // it may come when all is over, and finds nothing to do
      if (second.code !== 2 && second.code !== 0 && second.code !== 3)
        throw new Error(`a second client ends with ${second.code}: ${second.stderr}`)
      return null
    }
    case 'disk full':
      await host.fillDisk()
      return () => host.freeDisk()
    case '/etc read-only':
      await host.readOnlyEtc(true)
      return () => host.readOnlyEtc(false)
    case 'reload fails':
      await host.must(`mkdir -p ${cannotReload} && printf '[Service]\\nExecReload=\\nExecReload=/bin/false\\n' >${cannotReload}/fault.conf
systemctl daemon-reload`)
      return async () => {
        await host.must(`rm -r ${cannotReload} && systemctl daemon-reload`)
      }
    case 'sshd -t fails':
      await host.must(`echo 'Nonsense yes' >${nonsense}`)
      return async () => {
        // as Riegel says itself: sshd shall have read what lies there
        // a daemon behind a socket does not outlive a reload
        await host.must(
          `rm ${nonsense} && if systemctl -q is-active ssh.socket; then systemctl restart ssh; else systemctl reload ssh; fi`,
        )
      }
    case 'port taken on IPv4':
      await host.must(
        `systemd-run -q --unit=squatter systemd-socket-activate -l 0.0.0.0:${set.fresh.port} --inetd -a cat`,
      )
      return async () => {
        await host.must('systemctl stop squatter')
      }
    case 'wrong key':
      await host.must(`for f in /var/lib/riegel/*/keys-anna /home/anna/.ssh/authorized_keys; do
  [ ! -e "$f" ] || echo '${strangersKey}' >"$f"
done`)
      return null
    case 'shell gone':
      // whoever makes the account holds its lock still
      await host.must(
        'i=0; until usermod -s /usr/sbin/nologin anna 2>/dev/null; do i=$((i + 1)); [ $i -lt 200 ] || exit 1; sleep 0.02; done',
      )
      return null
    case 'journal unreadable':
      await host.must('cd /var/lib/riegel/2*/ && rm -rf journal && mkdir journal')
      return null
  }
}

const cannotReload = '/run/systemd/system/ssh.service.d'
const nonsense = '/etc/ssh/sshd_config.d/90-nonsense.conf'
const strangersKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBJFuY+tJKPTvJx5g9wVTr8dfTPUFw0GpRIgDDNWHmL stranger'

/** Logs in by key and one of the newest recovery codes: they know no time, and each counts once. */
const byRecoveryCode = async (operator: Operator, host: Host, { fresh: way }: ChangeSet): Promise<boolean> => {
  const newest = readdirSync(operator.home)
    .filter(name => name.startsWith('codes-'))
    .sort()
    .at(-1)
  if (newest === undefined) return false
  const codes = readFileSync(`${operator.home}/${newest}`, 'utf8').trim().split('\n')
  const code = codes.shift()
  if (code === undefined) return false
  writeFileSync(`${operator.home}/${newest}`, `${codes.join('\n')}\n`)
  const { code: status, stdout } = await operator.sshWithCode(host, way.user, code, way.root)
  return status === 0 && stdout.trim() === '0'
}

/** sshd may spare itself an address that broke off for some seconds (PerSourcePenalties): three tries. */
const getsIn = async ({ operator, host, set }: Bench): Promise<'old' | 'new' | null> => {
  // PAM's module takes three codes in half a minute, those of Riegel's own proofs among them; and each refusal that is
  // tried here costs five seconds of sshd's patience, so that two of them every six seconds would never end
  const [most, pause] = set.command === undefined ? [3, 6000] : [5, 16_000]
  for (let tries = 0; tries < most; tries++) {
    if (tries > 0) await sleep(pause)
    const old = await operator.ssh(host, set.old.user, 22, set.old.root)
    if (old.code === 0 && old.stdout.trim() === '0') return 'old'
    if (set.command !== undefined) {
      if (await byRecoveryCode(operator, host, set)) return 'new'
      continue
    }
    const now = await operator.ssh(host, set.fresh.user, set.fresh.port, set.fresh.root)
    if (now.code === 0 && now.stdout.trim() === '0') return 'new'
  }
  return null
}

const isStopped = ({ fault }: Case): boolean => fault === 'client stopped' || fault === 'client asleep'

/** One fault on one host, from a fresh boot to the next harden. */
export const suffer = async (bench: Bench, one: Case): Promise<Row> => {
  const { host, operator, set } = bench
  const began = performance.now()
  await fresh(bench)
  if (one.blocked) await host.blockPort(set.fresh.port)
  await bench.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
  const client = operator.startRiegel(
    await hardening(operator, host, set, one.stopped === undefined ? lease : null),
    300_000 + (one.stopped ?? 0) * 1000,
  )
  let over = false
  const ended = client.done.then(result => {
    over = true
    return result
  })
  const seen = await reached(host, one.state, () => over, 60_000)
  if (seen === null) {
    client.kill()
    const result = await ended
    throw new Error(`${one.state} was never reached: ${result.code} ${result.stderr.slice(-400)} ${journal(host)}`)
  }
  const struck = strike(bench, one, client)
  const delay = Date.now() - seen
  const mend = await struck
  // the server settles by itself: the lease is some seconds
  const until = async (seconds: number, unsettled: () => boolean) => {
    const deadline = Date.now() + seconds * 1000
    while (Date.now() < deadline && unsettled()) await sleep(50)
  }
  const isUnsettled = () => ['armed', 'undoing', 'confirming'].includes(stateOf(host))
  const settle = (seconds = 90) => until(seconds, isUnsettled)
  let inMeanwhile: 'old' | 'new' | null = 'old'
  if (mend !== null) {
    if (isStopped(one)) await sleep((one.stopped ?? lease + 4) * 1000)
    // until all that is to come of it has come
    else await until(60, () => isUnsettled() || (stateOf(host) === 'staged' && !over))
    // for as long as it lasts somebody gets in too
    inMeanwhile = await getsIn(bench)
    await mend()
    // what could not be put back is put back on a person's word, from the console
    if (stateOf(host) === 'stuck') await host.sh('sh /var/lib/riegel/*/undo.sh')
    // where the guard's unit could not be removed, it goes on trying
    await until(10, () => existsSync(`${host.rootPath}/etc/systemd/system/riegel-guard.service`))
  }
  await settle()
  if (one.fault === 'network cut' || one.fault === 'port blocked') {
    // one that was short enough for TCP to survive lets the client go on
    if (stateOf(host) === 'staged') await sleep(25_000)
    await (one.fault === 'network cut' ? host.mendNetwork() : host.unblockPort(set.fresh.port))
    if (stateOf(host) === 'staged') await Promise.race([ended, sleep(60_000)])
    await settle()
  }
  // a client that goes on is waited for
  if (!['client killed', 'network cut', 'port blocked', 'server rebooted', 'power cut'].includes(one.fault))
    await Promise.race([ended, sleep(60_000)])
  const state = stateOf(host)
  const port = state === 'confirmed' ? set.fresh.port : 22
  await host.waitForPort(port, 30_000)
  const told = one.fault === 'client killed' ? null : await Promise.race([ended, sleep(90_000).then(() => null)])
  client.kill()
  if (one.blocked) await host.unblockPort(set.fresh.port)
  const way = await getsIn(bench)
  const changes = difference(bench.before, await snapshot(host))
  const now = places(changes)
  const between =
    state === 'confirmed'
      ? [
          ...now.filter(change => !bench.confirmed.includes(change)),
          ...bench.confirmed.filter(change => !now.includes(change)).map(change => `missing: ${change}`),
        ]
      : changes
  const falseSuccess = told?.code === 0 && state !== 'confirmed'
  const again =
    state === 'confirmed'
      ? await operator.riegel([
          set.command ?? 'harden',
          `${set.fresh.user}@${host.ip4}`,
          ...['-p', String(set.fresh.port)],
          ...operator.files,
          '--host-key',
          await fingerprint(host),
          ...['--yes', ...set.words(operator), ...allowed(set), '--format', 'json'],
        ])
      : await operator.riegel(await hardening(operator, host, set))
  return {
    ...one,
    delay,
    ended: `${state}${told ? ` (${told.code})` : ''}`,
    lockedOut: way === null || inMeanwhile === null,
    between,
    falseSuccess,
    nextFailed: again.code === 0 ? '' : `${again.code} ${again.stderr.slice(-300)}`,
    seconds: (performance.now() - began) / 1000,
  }
}

/**
 * Runs cases on some hosts at once; every host takes the next case when it is done. `broken`: a case that could not be
 * run, which is no row; without it that ends the table.
 */
export const runTable = async (
  benches: readonly Bench[],
  cases: readonly Case[],
  told: (row: Row) => void,
  broken?: (one: Case, why: string) => void,
): Promise<Row[]> => {
  const left = [...cases]
  const rows: Row[] = []
  await Promise.all(
    benches.map(async one => {
      for (;;) {
        const at = left.findIndex(next => next.suite === one.host.suite && next.set.name === one.set.name)
        const [next] = at < 0 ? [] : left.splice(at, 1)
        if (!next) return
        try {
          const row = await suffer(one, next)
          rows.push(row)
          told(row)
        } catch (error) {
          if (!broken) throw error
          broken(next, error instanceof Error ? error.message : String(error))
        }
      }
    }),
  )
  return rows
}

export const line = (row: Row): string =>
  [
    row.suite.padEnd(9),
    row.set.name.padEnd(26),
    `${row.fault}${row.blocked ? ', port blocked' : ''}`.padEnd(29),
    row.state.padEnd(15),
    `${row.delay} ms`.padStart(6),
    `  ${row.ended.padEnd(18)}`,
    row.lockedOut ? 'LOCKED OUT' : 'owner gets in',
    row.between.length > 0 ? `BETWEEN TWO STATES: ${row.between.slice(0, 5).join('; ')}` : '',
    row.falseSuccess ? 'FALSE SUCCESS' : '',
    row.nextFailed === '' ? '' : `NEXT HARDEN FAILED: ${row.nextFailed}`,
    `${row.seconds.toFixed(1)} s`,
  ]
    .filter(word => word !== '')
    .join('  ')

export const summary = (rows: readonly Row[]): string => {
  const count = (bad: (row: Row) => boolean) => rows.filter(bad).length
  const slowest = Math.max(...rows.map(row => row.delay))
  return `${rows.length} faults injected (each within ${slowest} ms of its state), ${count(r => r.lockedOut)} lock-outs, ${count(r => r.between.length > 0)} hosts between two states, ${count(r => r.falseSuccess)} false successes, ${count(r => r.nextFailed !== '')} next hardens failed`
}
