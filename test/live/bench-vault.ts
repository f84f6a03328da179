// How long a vault of 10,000 entries takes, as whole commands: npm run bench-vault [GIGABYTES]
//
// Vault and leak list are made here and removed afterwards. Beside it keepassxc-cli, which looks up leaks by reading the
// list from its beginning to its end.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeCharacters } from '../../src/passwords/make.js'
import { entriesOf } from '../../src/vault/entries.js'
import { addEntry } from '../../src/vault/entry.js'
import { open } from '../../src/vault/read.js'
import { seal } from '../../src/vault/write.js'
import { passwordFile } from '../fixtures/keepass.js'
import { writeList } from '../fixtures/leak-list.js'
import { argon2Words, credentials, forged, password } from '../fixtures/vault.js'

const count = 10_000
const limits = { seconds: 16, mib: 1024, times: 5 }
const rowBytes = 44
const program = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))
const now = new Date()

/** As people have them: most made, some words with a number behind, some used again. */
const passwordAt = (at: number): string => {
  if (at % 10 === 0) return `Sommer${at % 300}!`
  if (at % 10 === 1) return `Hund${at}Katze`
  return at % 10 === 2 ? `leaked ${at % 1000}` : makeCharacters(20).password
}

interface Run {
  readonly status: number | null
  readonly seconds: number
  /** of them on a processor: what others do at the same time does not count here */
  readonly busy: number
  readonly mib: number
  readonly out: string
}

/** Runs a program to its end under GNU time, which says how much memory it held. */
const run = (words: readonly string[], input = ''): Run => {
  const started = performance.now()
  const { status, stderr, stdout } = spawnSync('/usr/bin/time', ['-f', 'RSS %M BUSY %U %S', ...words], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, XDG_CONFIG_HOME: folder },
  })
  const mib = Number(/RSS (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024
  const [, user = '', system = ''] = /BUSY ([\d.]+) ([\d.]+)/.exec(stderr) ?? []
  const busy = Number(user) + Number(system)
  return { status, busy, seconds: (performance.now() - started) / 1000, mib, out: stdout }
}

const say = (what: string, { seconds, busy, mib }: Run) =>
  console.log(`${what}: ${seconds.toFixed(1)} s (${busy.toFixed(1)} s on a processor), ${Math.round(mib)} MiB`)

const gigabytes = Number(process.argv[2] ?? 2)
const folder = mkdtempSync(join(process.env['RIEGEL_BENCH_FOLDER'] || tmpdir(), 'riegel-bench-'))
try {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < gigabytes * 1.1e9) throw new Error(`not enough space in ${folder}: RIEGEL_BENCH_FOLDER=FOLDER`)
  const [path, list, directory] = ['big.kdbx', 'list.txt', 'all.json'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const vault = await forged({ kdf: argon2Words({ id: 'argon2d', memory: 64n * 1024n ** 2n, rounds: 10n }) })
  for (let at = 0; at < count; at++)
    addEntry(
      vault,
      {
        title: `Entry ${at}`,
        user: `user${at % 50}`,
        password: passwordAt(at),
        url: `https://www.site${at}.example.net/login`,
        notes: 'Lorem ipsum '.repeat(10),
      },
      now,
    )
  const bytes = seal(vault)
  writeFileSync(path, bytes)
  const known = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`leaked ${at * 2}`, at + 1]))
  const size = writeList(list, { rowsPerRange: Math.max(1, Math.ceil((gigabytes * 1e9) / rowBytes / 2 ** 20)), known })
  const sites = Array.from({ length: 2500 }, (_, at) => [
    `site${at}.example.net`,
    at % 4 === 0 ? {} : { methods: ['totp'] },
  ])
  writeFileSync(directory, JSON.stringify(Object.fromEntries(sites)))
  const file = passwordFile(join(folder, 'pw'), password)
  console.log(
    `${count} entries (${(bytes.length / 1e6).toFixed(1)} MB, Argon2d, 64 MiB, 10 passes), a leak list of ${(size / 1e9).toFixed(2)} GB`,
  )

  const riegel = [process.execPath, program, 'vault', path, '--password-file', file, '--offline', '--leaks', list]
  const judged = (words: readonly string[]): Run => {
    const ran = run(words)
    if (ran.status !== 1) throw new Error(`riegel ends with ${ran.status}`)
    return ran
  }
  const whole = judged([...riegel, '--directory', directory])
  say('riegel vault, every rule', whole)
  const alone = judged([...riegel, '--only', 'passwords/leaked', '--format', 'json'])
  say('riegel vault --only passwords/leaked', alone)
  const found = (JSON.parse(alone.out).findings as { problems: unknown[] }[])[0]!.problems.length
  const there = entriesOf(await open(bytes, credentials), now.getTime() / 1000).live.filter(
    one => one.password in known,
  ).length
  if (found !== there) throw new Error(`${found} of ${there} leaked ones found`)

  // where the time goes: each step alone, in this process
  const step = async (what: string, work: () => unknown) => {
    const started = performance.now()
    await work()
    console.log(`  ${what}: ${((performance.now() - started) / 1000).toFixed(2)} s`)
  }
  const { derive } = await import('../../src/vault/kdf.js')
  await step('derive the key', () => derive(vault.kdf, Buffer.alloc(32)))
  await step('derive, decrypt, unpack, read', () => open(bytes, credentials))
  const { live } = entriesOf(vault, now.getTime() / 1000)
  const { usesOf } = await import('../../src/vault/reuse.js')
  await step('reuse', () => usesOf(live.map(one => one.password)))
  const { loadStrength } = await import('../../src/passwords/strength.js')
  const strength = await loadStrength()
  await step('strength', () => live.map(one => strength.guesses(one.password, [one.title, one.user, ...one.hosts])))
  const { openLeaks } = await import('../../src/passwords/leaks.js')
  const leaks = await openLeaks(list)
  await step('leaks', async () => {
    for (const one of new Set(live.map(one => one.password))) await leaks.count(one)
  })
  await leaks.close()

  if (whole.seconds > limits.seconds || !(whole.mib < limits.mib)) {
    console.log(`more than ${limits.seconds} s or ${limits.mib} MiB`)
    process.exitCode = 1
  }
  const other = run(['keepassxc-cli', 'analyze', '-q', '--hibp', list, path], `${password}\n`)
  if (other.status !== 0)
    console.log('keepassxc-cli analyze: not to be had here (apt-get install --no-install-recommends keepassxc)')
  else {
    say('keepassxc-cli analyze --hibp', other)
    const times = other.seconds / alone.seconds
    console.log(`${times.toFixed(1)} times as long as riegel vault --only passwords/leaked`)
    if (gigabytes >= 2 && times < limits.times) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
