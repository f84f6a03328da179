// Faults at every state of a transaction: each at the instant the server's journal names the state. Afterwards the
// owner must get in, the host must equal before or the confirmed one, nobody may have been told a success that is
// none, and the next harden must work.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { difference, type Host, type Lab, type Snapshot, type Suite, snapshot } from './lab/index.js'
import { sleep } from './lab/tools.js'
import { byKey, fingerprint, Operator } from './support.js'

export const states = ['staged', 'armed', 'widened', 'proven', 'narrowed', 'proven-again', 'confirmed'] as const
export type State = (typeof states)[number] | 'undoing'
export type Fault = 'client killed' | 'network cut' | 'server rebooted' | 'power cut'

export interface Case {
  readonly suite: Suite
  readonly fault: Fault
  readonly state: State
  /** what else is wrong from the start: the new port is blocked, so that everything is taken back */
  readonly blocked?: boolean
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

/** Waits for a state's line in the journal, looking every three milliseconds. Gives when it was first seen. */
export const reached = async (
  host: Host,
  state: State,
  over: () => boolean,
  timeoutMs: number,
): Promise<number | null> => {
  const line = state === 'undoing' ? 'undo begins' : `state ${state}\n`
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    if (journal(host).includes(line)) return Date.now()
    if (over() && !journal(host).includes(line)) return null
    await sleep(3)
  }
  return null
}

/** A confirmed host differs from before in these places; the drop-in names the transaction, so its hash is left out. */
const places = (changes: readonly string[]): string[] =>
  changes.map(line => line.replace(/(00-riegel\.conf.*?)[0-9a-f]{64}/, '$1')).sort()

export interface Bench {
  readonly lab: Lab
  readonly host: Host
  readonly operator: Operator
  readonly before: Snapshot
  /** how a confirmed host differs */
  readonly confirmed: readonly string[]
}

export const hardening = async (operator: Operator, host: Host): Promise<string[]> => [
  'harden',
  `root@${host.ip4}`,
  ...operator.files,
  '--host-key',
  await fingerprint(host),
  ...[
    '--yes',
    '--user',
    'anna',
    '--key',
    operator.key,
    '--new-port',
    '301',
    '--sudo',
    'nopasswd',
    '--allow',
    'no-console',
  ],
  ...['--allow', 'others-cut-off', '--skip', 'upkeep', '--lease', '8', '--format', 'json'],
]

/** A host of a release, an operator of its own, and how it looks before and after a harden that nobody disturbs. */
export const bench = async (lab: Lab, suite: Suite, disk: 'overlay' | 'ext4'): Promise<Bench> => {
  const operator = await Operator.in(lab)
  const host = await lab.host({ suite, setup: byKey(operator.keyLine), disk, sizeMb: 400 })
  const before = await snapshot(host)
  const done = await operator.riegel(await hardening(operator, host))
  if (done.code !== 0) throw new Error(`undisturbed, harden ends with ${done.code}: ${done.stderr}`)
  return { lab, host, operator, before, confirmed: places(difference(before, await snapshot(host))) }
}

const strike = async (host: Host, fault: Fault, kill: () => void): Promise<void> => {
  if (fault === 'client killed') kill()
  else if (fault === 'network cut') await host.cutNetwork()
  else if (fault === 'power cut') await host.powerCut({ port: 0 })
  else await host.reboot({ port: 0 })
}

/** sshd may spare itself an address that broke off for some seconds (PerSourcePenalties): three tries. */
const getsIn = async (operator: Operator, host: Host): Promise<'old' | 'new' | null> => {
  for (let tries = 0; tries < 3; tries++) {
    if (tries > 0) await sleep(6000)
    const old = await operator.ssh(host, 'root', 22, 'id -u')
    if (old.code === 0 && old.stdout.trim() === '0') return 'old'
    const fresh = await operator.ssh(host, 'anna', 301, 'sudo -n id -u')
    if (fresh.code === 0 && fresh.stdout.trim() === '0') return 'new'
  }
  return null
}

/** One fault on one host, from a fresh boot to the next harden. */
export const suffer = async (bench: Bench, one: Case): Promise<Row> => {
  const { host, operator } = bench
  const began = performance.now()
  await host.reset()
  if (one.blocked) await host.blockPort(301)
  await bench.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
  const client = operator.startRiegel(await hardening(operator, host))
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
  const struck = strike(host, one.fault, () => client.kill())
  const delay = Date.now() - seen
  await struck
  // the server settles by itself: the lease is some seconds
  const settle = async () => {
    const deadline = Date.now() + 90_000
    while (Date.now() < deadline && ['armed', 'undoing', 'confirming'].includes(stateOf(host))) await sleep(50)
  }
  await settle()
  if (one.fault === 'network cut') {
    // one that was short enough for TCP to survive lets the client go on
    if (stateOf(host) === 'staged') await sleep(25_000)
    await host.mendNetwork()
    if (stateOf(host) === 'staged') await Promise.race([ended, sleep(60_000)])
    await settle()
  }
  const state = stateOf(host)
  const port = state === 'confirmed' ? 301 : 22
  await host.waitForPort(port, 30_000)
  const told = one.fault === 'client killed' ? null : await Promise.race([ended, sleep(90_000).then(() => null)])
  client.kill()
  if (one.blocked) await host.unblockPort(301)
  const way = await getsIn(operator, host)
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
    way === 'new'
      ? await operator.riegel([
          'harden',
          `anna@${host.ip4}`,
          '-p',
          '301',
          ...operator.files,
          '--host-key',
          await fingerprint(host),
          '--yes',
          '--sudo',
          'nopasswd',
          '--skip',
          'upkeep',
          '--format',
          'json',
        ])
      : await operator.riegel(await hardening(operator, host))
  return {
    ...one,
    delay,
    ended: `${state}${told ? ` (${told.code})` : ''}`,
    lockedOut: way === null,
    between,
    falseSuccess,
    nextFailed: again.code === 0 ? '' : `${again.code} ${again.stderr.slice(-300)}`,
    seconds: (performance.now() - began) / 1000,
  }
}

/** Runs cases on some hosts at once; every host takes the next case when it is done. */
export const runTable = async (
  benches: readonly Bench[],
  cases: readonly Case[],
  told: (row: Row) => void,
): Promise<Row[]> => {
  const left = [...cases]
  const rows: Row[] = []
  await Promise.all(
    benches.map(async one => {
      for (;;) {
        const at = left.findIndex(next => next.suite === one.host.suite)
        const [next] = at < 0 ? [] : left.splice(at, 1)
        if (!next) return
        const row = await suffer(one, next)
        rows.push(row)
        told(row)
      }
    }),
  )
  return rows
}

export const line = (row: Row): string =>
  [
    row.suite.padEnd(9),
    `${row.fault}${row.blocked ? ', port blocked' : ''}`.padEnd(28),
    row.state.padEnd(13),
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
