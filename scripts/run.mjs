// node scripts/run.mjs test | try | bench | faults | beside | lab [WORDS...]
import './install.mjs'
import { spawn } from 'node:child_process'

const [task = '', ...words] = process.argv.slice(2)
const node = process.execPath
const types = ['types', 'tsc']
const build = ['build', node, 'scripts/build.mjs']
const colours = process.stdout.isTTY && !process.env.NO_COLOR ? 'force' : 'off'
const checks = [
  ['format and lint', 'biome', 'ci', '--error-on-warnings', `--colors=${colours}`, 'src', 'test', 'scripts'],
  types,
  build,
  ['the bundle starts', node, 'dist/cli.js', '--version'],
  ['the bundle finds its parts and guides', node, 'dist/cli.js', 'explain', 'host-key', '--output', 'build/explained'],
]
const programs = { try: 'try.js', bench: 'bench.js', faults: 'faults.js', beside: 'beside.js', lab: 'lab/shell.js' }

// Ctrl-C reaches the child as well; it cleans up, and this waits for it
process.on('SIGINT', () => {})

/** Runs a program to its end; true if it went well. `see` gets what it prints, which is shown all the same. */
const run = (program, args, see) =>
  new Promise(resolve => {
    const env = { ...process.env, ...(see && colours === 'force' && { FORCE_COLOR: '1' }) }
    const child = spawn(program, args, { stdio: ['inherit', see ? 'pipe' : 'inherit', 'inherit'], env })
    child.stdout?.setEncoding('utf8').on('data', chunk => {
      process.stdout.write(chunk)
      see(chunk)
    })
    child.on('error', error => {
      console.error(`${program}: ${error.message}`)
      resolve(false)
    })
    child.on('close', code => resolve(code === 0))
  })

const step = async ([name, program, ...args]) => {
  const started = performance.now()
  const fine = await run(program, args)
  console.log(`${fine ? '✔' : '✖'} ${name} (${Math.round(performance.now() - started)}ms)`)
  return fine
}

/** What node:test says at its end: `ℹ pass 12`. A run that breaks off says nothing, and has failed. */
const tests = async () => {
  let end = ''
  const fine = await run(node, ['--enable-source-maps', '--test-reporter=spec', 'test/all.mjs'], chunk => {
    end = (end + chunk).slice(-1_000_000)
  })
  const count = name => Number(new RegExp(`ℹ ${name} (\\d+)`).exec(end)?.[1] ?? 0)
  const failed = count('fail') + count('cancelled')
  return { passed: count('pass'), failed: failed || (fine ? 0 : 1), skipped: count('skipped') }
}

if (task === 'test') {
  const done = []
  for (const check of checks) done.push(await step(check))
  const { passed, failed, skipped } = await tests()
  const bad = failed + done.filter(fine => !fine).length
  if (skipped > 0) console.log(`${skipped} skipped`)
  console.log(`${passed + done.filter(fine => fine).length} passed, ${bad} failed`)
  process.exitCode = bad > 0 ? 1 : 0
} else if (Object.hasOwn(programs, task)) {
  const ready = (await step(types)) && (await step(build))
  const fine = ready && (await run(node, ['--enable-source-maps', `build/test/live/${programs[task]}`, ...words]))
  process.exitCode = fine ? 0 : 1
} else {
  console.error(`run.mjs: test, ${Object.keys(programs).join(', ')}; not "${task}"`)
  process.exitCode = 2
}
