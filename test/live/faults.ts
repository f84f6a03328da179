// npm run faults [trixie|bookworm] [--table FILE]: the whole table, on both releases. Ends with 0 only if nobody was
// locked out, no host is half done, nothing false was told. FILE gets every row as JSON, for docs/promise.md.
// --fault NAME,NAME: only these faults. --set NAME: only this set of changes (its key). --share N: every Nth case, others on each release. --hosts N: so many at once.
// --stopped SECONDS: only that, the client stopped for so long at every boundary, on as many hosts at once.
// --renewed [SECONDS]: only that, a client that renews for ever; the guard's hard limit (30 minutes unless told) ends it.

import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import {
  bench,
  breaks,
  breaksAt,
  type Case,
  type ChangeSet,
  changeSets,
  type Fault,
  line,
  midst,
  type Row,
  runTable,
  states,
  summary,
} from './fault-table.js'
import { available, Lab, type Suite } from './lab/index.js'
import * as patience from './patience.js'

const possible = available()
if (!possible.ok) {
  process.stderr.write(`faults: ${possible.why}\n`)
  process.exit(2)
}
const words = process.argv.slice(2)
const option = (name: string): string | null => {
  const at = words.indexOf(name)
  return at < 0 ? null : (words.splice(at, 2)[1] ?? '')
}
const table = option('--table')
const faults = option('--fault')?.split(',') ?? null
const stopped = option('--stopped')
const renewed = option('--renewed')
const only = option('--set')
const share = Number(option('--share') ?? 1)
const hosts = Number(option('--hosts') ?? Math.min(3, availableParallelism() + 1))
let nth = 0
const suites = (['trixie', 'bookworm'] as const).filter(suite => words.length === 0 || words.includes(suite))

/** Of the broken parts, the two that every set of changes meets; the others have to do with the new account and port. */
const brokenEverywhere = ['reload fails', 'sshd -t fails'] as const

/** What one change set goes through on one release, by the disk it needs. */
const cases = (suite: Suite, set: ChangeSet): { soft: Case[]; disk: Case[] } => {
  const full = set === changeSets.move
  const mids = midst.filter(one => one !== 'account made' || set.fresh.user === 'anna')
  const boundaries = [...states, ...mids]
  const soft: Fault[] = ['client killed', 'server rebooted', 'network cut']
  // where the port moves the new one is blocked from the start: the pairs
  if (set.fresh.port === 22) soft.push('port blocked')
  const more: Fault[] = full ? ['client stopped', 'guard fires', 'second client'] : ['guard fires']
  // pairs: the new port is blocked, so everything is taken back, and that is disturbed too
  const pairs = (['armed', 'undoing'] as const).flatMap(state =>
    soft.map(fault => ({ suite, set, fault, state, blocked: true })),
  )
  const hard: Fault[] = full ? ['power cut', 'disk full', '/etc read-only'] : ['power cut']
  return {
    soft: [
      ...boundaries.flatMap(state => [...soft, ...more].map(fault => ({ suite, set, fault, state }))),
      ...(full ? breaks : brokenEverywhere).flatMap(fault =>
        breaksAt(fault, set).map(state => ({ suite, set, fault, state })),
      ),
      ...(set.fresh.port === 22 ? [] : pairs),
    ],
    disk: [
      // once it is confirmed, only a cut can still undo what was not yet on the disk
      ...boundaries.flatMap(state =>
        hard
          .filter(fault => fault === 'power cut' || state !== 'confirmed')
          .map(fault => ({ suite, set, fault, state })),
      ),
      ...(full ? [{ suite, set, fault: 'power cut' as const, state: 'undoing' as const, blocked: true }] : []),
    ],
  }
}

const lab = await Lab.open('faults')
const rows: Row[] = []
let notRun = 0
const began = performance.now()
const seconds = () => Math.round((performance.now() - began) / 1000)
const save = () => {
  if (table !== null)
    writeFileSync(
      table,
      `${JSON.stringify({ seconds: seconds(), rows: rows.map(({ set, ...row }) => ({ ...row, set: set.name })) }, null, 1)}\n`,
    )
}
try {
  const told = (row: Row) => {
    rows.push(row)
    process.stdout.write(`${line(row)}\n`)
    save()
  }
  const broken = ({ suite, set, fault, state }: Case, why: string) => {
    notRun += 1
    process.stdout.write(`${suite}  ${set.name}  ${fault}  ${state}  NOT RUN: ${why}\n`)
  }
  if (stopped !== null) await patience.stoppedAt(lab, Number(stopped), told, broken)
  if (renewed !== null) process.stdout.write(`${await patience.renewedForEver(lab, Number(renewed) || null)}\n`)
  const sets =
    stopped === null && renewed === null
      ? Object.entries<ChangeSet>(changeSets).flatMap(([name, set]) => (only === null || name === only ? [set] : []))
      : []
  // both releases by turns: a run that is broken off has seen both
  for (const set of sets)
    for (const suite of suites) {
      const { soft, disk } = cases(suite, set)
      for (const [all, kind] of [[soft, 'overlay'] as const, [disk, 'ext4'] as const]) {
        const named = all.filter(({ fault }) => faults === null || faults.includes(fault))
        // not in step with the faults of a state, or it would always be the same ones
        const some = named.filter((_, at) => (nth + at + Math.floor((nth + at) / 6)) % share === 0)
        nth += named.length
        const benches = await Promise.all(
          Array.from({ length: Math.min(hosts, some.length) }, () => bench(lab, suite, set, kind)),
        )
        await runTable(benches, some, told, broken)
        for (const one of benches) {
          await one.host.stop()
          one.operator.end()
        }
      }
    }
} finally {
  await lab.close()
}
if (rows.length > 0 || notRun > 0)
  process.stdout.write(`\n${summary(rows)}, ${seconds()} s${notRun > 0 ? `; ${notRun} could not be run` : ''}\n`)
const bad =
  notRun > 0 || rows.some(row => row.lockedOut || row.between.length > 0 || row.falseSuccess || row.nextFailed !== '')
process.exitCode = bad ? 1 : 0
