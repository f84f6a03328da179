// npm run faults: the whole table, on both releases. Ends with 0 only if nobody was locked out.

import { bench, type Case, type Fault, line, runTable, states, summary } from './fault-table.js'
import { available, Lab, type Suite } from './lab/index.js'

const possible = available()
if (!possible.ok) {
  process.stderr.write(`faults: ${possible.why}\n`)
  process.exit(2)
}
const only = process.argv.slice(2)
const suites = (['trixie', 'bookworm'] as const).filter(suite => only.length === 0 || only.includes(suite))
const soft: Fault[] = ['client killed', 'network cut', 'server rebooted']
const cases = (suite: Suite, faults: readonly Fault[]): Case[] => [
  ...states.flatMap(state => faults.map(fault => ({ suite, fault, state }))),
  // pairs: the new port is blocked, so everything is taken back, and that is disturbed too
  ...(['armed', 'undoing'] as const).flatMap(state => faults.map(fault => ({ suite, fault, state, blocked: true }))),
]

const lab = await Lab.open('faults')
try {
  const began = performance.now()
  let rows: Awaited<ReturnType<typeof runTable>> = []
  for (const suite of suites) {
    const tell = (row: (typeof rows)[number]) => process.stdout.write(`${line(row)}\n`)
    const quick = [
      await bench(lab, suite, 'overlay'),
      await bench(lab, suite, 'overlay'),
      await bench(lab, suite, 'overlay'),
    ]
    rows = [...rows, ...(await runTable(quick, cases(suite, soft), tell))]
    await Promise.all(quick.map(one => one.host.stop()))
    const disk = [await bench(lab, suite, 'ext4')]
    rows = [...rows, ...(await runTable(disk, cases(suite, ['power cut']), tell))]
    await Promise.all(disk.map(one => one.host.stop()))
  }
  process.stdout.write(`\n${summary(rows)}, ${((performance.now() - began) / 1000).toFixed(0)} s\n`)
  const bad = rows.some(row => row.lockedOut || row.between.length > 0 || row.falseSuccess || row.nextFailed !== '')
  process.exitCode = bad ? 1 : 0
} finally {
  await lab.close()
}
