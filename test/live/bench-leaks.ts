// How long a look-up in a leak list takes, and how that grows with the list: npm run bench-leaks [GIGABYTES...]
//
// The lists are made here, of the official one's form, and removed afterwards. Before every look-up the list is taken out
// of the page cache. What is measured is the look-up alone; the whole command is timed beside it.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLeaks } from '../../src/passwords/leaks.js'
import { writeList } from '../fixtures/leak-list.js'

const lookups = 200
const rowBytes = 44
const program = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))
const known = Object.fromEntries(Array.from({ length: lookups / 2 }, (_, at) => [`known ${at}`, at + 1]))

/** Takes a file out of the page cache, whoever we are: GNU dd tells the kernel that it is not needed any more. */
const forget = (path: string): void => {
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' })
}

/** Bytes of a file that are in the page cache. */
const cached = (path: string): number =>
  Number(execFileSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', path], { encoding: 'utf8' }))

const at = (times: readonly number[], share: number): string =>
  [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * share)]!.toFixed(2)

const measure = async (folder: string, gigabytes: number): Promise<number> => {
  const path = join(folder, 'list.txt')
  const rowsPerRange = Math.max(1, Math.ceil((gigabytes * 1e9) / rowBytes / 2 ** 20))
  const began = performance.now()
  const size = writeList(path, { rowsPerRange, known })
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  try {
    execFileSync('sync', ['-f', path])
    forget(path)
    const left = cached(path)
    const leaks = await openLeaks(path)
    const times: number[] = []
    for (let turn = 0; turn < lookups; turn++) {
      const found = turn % 2 === 0
      const password = `${found ? 'known' : 'unknown'} ${turn / 2}`
      forget(path)
      const start = performance.now()
      const count = await leaks.count(password)
      times.push(performance.now() - start)
      if (count > 0 !== found) throw new Error(`${password}: ${count}`)
    }
    await leaks.close()
    forget(path)
    const start = performance.now()
    const words = ['password', '--check', '--only', 'passwords/leaked', '--leaks', path, '--quiet']
    const { status } = spawnSync(process.execPath, [program, ...words], { input: 'unknown' })
    const whole = ((performance.now() - start) / 1000).toFixed(2)
    if (status !== 0) throw new Error(`riegel ends with ${status}`)
    console.log(
      `${(size / 1e9).toFixed(2)} GB (made in ${seconds} s; ${left} bytes of it stayed in the cache): median ${at(times, 0.5)} ms, ` +
        `95 of 100 within ${at(times, 0.95)} ms, worst ${at(times, 1)} ms; the whole command ${whole} s`,
    )
    return Number(at(times, 0.5))
  } finally {
    rmSync(path)
  }
}

const given = process.argv.slice(2).map(Number)
const sizes = given.length > 0 ? given : [0.2, 2]
const folder = mkdtempSync(join(process.env['RIEGEL_BENCH_FOLDER'] || tmpdir(), 'riegel-bench-'))
try {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < Math.max(...sizes) * 1.1e9)
    throw new Error(`not enough space in ${folder}: RIEGEL_BENCH_FOLDER=FOLDER`)
  console.log(`${lookups} look-ups, half of them of passwords that are in it, the list out of the cache before each:`)
  const medians: number[] = []
  for (const size of sizes) medians.push(await measure(folder, size))
  if (medians.length > 1)
    console.log(
      `${(sizes.at(-1)! / sizes[0]!).toFixed(0)} times the list, ${(medians.at(-1)! / medians[0]!).toFixed(2)} times the time`,
    )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
