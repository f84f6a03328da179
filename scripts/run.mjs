// node scripts/run.mjs test | try | bench | bench-leaks | bench-vault | faults | beside | lab [WORDS...]
import './install.mjs'
import { spawn } from 'node:child_process'

const [task = '', ...words] = process.argv.slice(2)
const node = process.execPath
const types = ['types', 'tsc']
const build = ['build', node, 'scripts/build.mjs']
const colours = process.stdout.isTTY && !process.env.NO_COLOR ? 'force' : 'off'
const vaults = 'test/fixtures/vaults'
const checks = [
  ['format and lint', 'biome', 'ci', '--error-on-warnings', `--colors=${colours}`, 'src', 'test', 'scripts'],
  types,
  build,
  ['the bundle starts', node, 'dist/cli.js', '--version'],
  ['the bundle finds its parts and guides', node, 'dist/cli.js', 'explain', 'host-key', '--output', 'build/explained'],
  ['the bundle finds its words', node, 'dist/cli.js', 'password', '--words', 'en', '--quiet', '--output', 'build/made'],
  [
    'the bundle opens a vault',
    node,
    'dist/cli.js',
    'vault',
    `${vaults}/pykeepass-a2id-chacha.kdbx`,
    '--password-file',
    `${vaults}/password`,
    '--offline',
    '--fail-on',
    'never',
    '--output',
    'build/opened',
  ],
]
const programs = {
  try: 'try.js',
  bench: 'bench.js',
  'bench-leaks': 'bench-leaks.js',
  'bench-vault': 'bench-vault.js',
  faults: 'faults.js',
  beside: 'beside.js',
  lab: 'lab/shell.js',
}

// Ctrl-C reaches the child as well; it cleans up, and this waits for it
process.on('SIGINT', () => {})

/** Runs a program to its end; true if it went well. `see` gets what it prints, and may show it. */
const run = (program, args, see, more = {}) =>
  new Promise(resolve => {
    const env = { ...process.env, ...more, ...(see && colours === 'force' && { FORCE_COLOR: '1' }) }
    const child = spawn(program, args, { stdio: ['inherit', see ? 'pipe' : 'inherit', 'inherit'], env })
    child.stdout?.setEncoding('utf8').on('data', see)
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

/**
 * Three processes, each with its share of the live tests: hosts mostly make one wait. What the others say is shown when
 * they have ended. Of what node:test says at its end (`ℹ pass 12`) both are added up; one that breaks off has failed.
 */
const tests = async () => {
  const share = async part => {
    const words = []
    const see = chunk => (part === 1 ? process.stdout.write(chunk) : words.push(chunk))
    let end = ''
    const keep = chunk => {
      see(chunk)
      end = (end + chunk).slice(-1_000_000)
    }
    const args = ['--enable-source-maps', '--test-reporter=spec', 'test/all.mjs']
    const fine = await run(node, args, keep, { RIEGEL_SHARE: `${part}` })
    const count = name => Number(new RegExp(`ℹ ${name} (\\d+)`).exec(end)?.[1] ?? 0)
    const failed = count('fail') + count('cancelled')
    return { passed: count('pass'), failed: failed || (fine ? 0 : 1), skipped: count('skipped'), words }
  }
  const all = await Promise.all([1, 2, 3].map(share))
  for (const { words } of all) process.stdout.write(words.join(''))
  const sum = name => all.reduce((so, one) => so + one[name], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
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
