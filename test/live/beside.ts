// npm run beside: the table of beside-table.ts, printed and written to docs/beside.json, for docs/promise.md. Ends with 0
// only if Riegel locked nobody out and told nothing false.

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { falseSuccess, lockedOut, type Program, programs, type Row, troubles } from './beside-rows.js'
import { line, sideBySide } from './beside-table.js'
import { available, Lab } from './lab/index.js'

const possible = available()
if (!possible.ok) {
  process.stderr.write(`beside: ${possible.why}\n`)
  process.exit(2)
}
const at = fileURLToPath(new URL('../../../docs/beside.json', import.meta.url))
const cases = troubles.flatMap(trouble => programs.map(program => ({ program, trouble })))
const rows = new Map<number, Row>()
const lab = await Lab.open('beside')
let next = 0
const worker = async () => {
  for (let n = next++; n < cases.length; n = next++) {
    const { program, trouble } = cases[n]!
    const row = await sideBySide(lab, program, trouble)
    rows.set(n, row)
    process.stdout.write(`${line(row)}\n`)
  }
}
try {
  await Promise.all([worker(), worker(), worker()])
} finally {
  await lab.close()
}
const all = cases.map((_, n) => rows.get(n)!)
writeFileSync(at, `${JSON.stringify(all, null, 1)}\n`)
const count = (program: Program, bad: (row: Row) => boolean) =>
  all.filter(row => row.program === program && bad(row)).length
process.stdout.write('\n')
for (const program of programs)
  process.stdout.write(
    `${program}: ${count(program, () => true)} runs, ${count(program, lockedOut)} lock-outs, ${count(program, falseSuccess)} of ${count(program, row => row.told === 'success')} successes false, ${count(program, row => row.left.length > 0)} left something behind\n`,
  )
process.exitCode = count('riegel', row => lockedOut(row) || falseSuccess(row)) > 0 ? 1 : 0
