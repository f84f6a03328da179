// The command line as a program and a person meet it, where no server is needed: the compiled Riegel, run for real.

import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tables } from '../src/commands/tables.js'
import { basicIds } from '../src/model/basics.js'
import type { Facts } from '../src/model/facts.js'
import type { Report } from '../src/model/report.js'
import { factsSchema, reportSchema } from '../src/report/schemas.js'
import { assess, ruleList, serverRules } from '../src/riegel.js'
import { fresh } from './golden/samples.js'

const program = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/riegel-cli-`)
after(() => rmSync(folder, { recursive: true, force: true }))

const env = { PATH: process.env['PATH'] ?? '', HOME: folder, LANG: 'C.UTF-8' }

const riegel = (words: readonly string[], more: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env: { ...env, ...more }, timeout: 60_000 })

const file = (name: string, content: string): string => {
  writeFileSync(`${folder}/${name}`, content)
  return `${folder}/${name}`
}

const saved = (facts: Facts): string => file('facts.json', JSON.stringify(facts))
const reportOf = (result: SpawnSyncReturns<string>): Report => reportSchema.parse(JSON.parse(result.stdout)) as Report
const rulesIn = (result: SpawnSyncReturns<string>): string[] => reportOf(result).findings.map(({ rule }) => rule)

const names = Object.keys(tables) as (keyof typeof tables)[]

describe('help', () => {
  for (const name of names)
    test(`riegel ${name} --help names every option, in both languages`, () => {
      const [de, en] = (['de', 'en'] as const).map(lang => riegel([name, '--help', '--lang', lang]))
      for (const shown of [de!, en!]) {
        assert.equal(shown.status, 0)
        assert.equal(shown.stderr, '')
        for (const option of Object.keys(tables[name])) {
          const word = option.length === 1 ? `-${option}` : `--${option}`
          assert.match(shown.stdout, new RegExp(`(^|[ ,])${word}(?![\\w-])`, 'm'), word)
        }
        for (const line of shown.stdout.split('\n')) assert.ok(line.length <= 100, line)
      }
      assert.notEqual(de!.stdout, en!.stdout)
      const options = (words: string) => [...words.matchAll(/--[a-z-]+/g)].map(found => found[0])
      assert.deepEqual(options(de!.stdout), options(en!.stdout), 'the same options in the same order')
    })

  test('riegel alone says the two commands to begin with; --help all of them', () => {
    assert.match(riegel([]).stdout, /\n {4}riegel audit root@SERVER .*\n {4}riegel harden root@SERVER /)
    for (const words of [['--help'], ['-h'], ['help']]) {
      const { stdout } = riegel(words)
      for (const name of names) assert.match(stdout, new RegExp(`(^|  )${name}  `, 'm'), name)
    }
    assert.equal(riegel(['help', 'audit']).stdout, riegel(['audit', '--help']).stdout)
    assert.match(riegel(['--version']).stdout, /^\d+\.\d+\.\d+\n$/)
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    assert.equal(riegel(['--version']).stdout.trim(), version)
  })
})

describe('language', () => {
  const german = /^Riegel verriegelt/
  test('--lang before, behind and with =; else the locale', () => {
    for (const words of [['--lang', 'de'], ['--lang=de']]) assert.match(riegel(words).stdout, german)
    assert.match(riegel(['--lang', 'de', 'audit', '--help']).stdout, /^riegel audit \[ZIEL\]/)
    assert.match(riegel(['--lang=de', 'audit', '--help']).stdout, /^riegel audit \[ZIEL\]/)
    assert.match(riegel(['audit', '--help', '--lang=de']).stdout, /^riegel audit \[ZIEL\]/)
    assert.match(riegel([], { LANG: 'de_DE.UTF-8' }).stdout, german)
    assert.match(riegel([], { LANG: 'de_DE.UTF-8', LC_ALL: 'en_US.UTF-8' }).stdout, /^Riegel bolts/)
    assert.match(riegel(['--lang', 'en'], { LANG: 'de_DE.UTF-8' }).stdout, /^Riegel bolts/)
  })

  test('one that is not built is refused', () => {
    const { status, stderr } = riegel(['rules', '--lang', 'fr'])
    assert.equal(status, 2)
    assert.match(stderr, /There is no --lang fr\nHint: de or en\n$/)
  })
})

describe('mistakes in what was typed', () => {
  const assertUsage = (words: readonly string[], error: RegExp, hint: RegExp): void => {
    const result = riegel(words)
    assert.equal(result.status, 2)
    assert.equal(result.stdout, '')
    const [first = '', second = '', ...rest] = result.stderr.split('\n')
    assert.match(first, error)
    assert.match(second, hint)
    assert.deepEqual(rest, [''])
  }

  test('a command that is none, and the one that was meant', () => {
    assertUsage(['auditt'], /^Error: There is no command auditt$/, /Did you mean riegel audit\?/)
    assertUsage(['hadren', 'x'], /no command hadren/, /riegel harden/)
    assertUsage(['constructor'], /no command constructor/, /riegel/)
    assertUsage(['--only', 'root'], /./, /riegel/)
  })

  test('options that are none, lack their value, or are too much', () => {
    assertUsage(['rules', '--jsn'], /riegel rules does not know --jsn/, /riegel rules --help/)
    assertUsage(['audit', '--fail-on'], /--fail-on: not valid/, /riegel audit --help/)
    assertUsage(['audit', '--fail-on', 'never-ever'], /There is no --fail-on never-ever/, /critical, high/)
    assertUsage(['audit', '--p', '22'], /does not know --p/, /riegel audit --help/)
    assertUsage(['rules', 'root'], /does not take "root" as well/, /riegel rules --help/)
    assertUsage(['explain', 'root/login'], /Unknown rule root\/login/, /root\/ssh-login/)
    assertUsage(['audit', '--facts', '/none', 'root@host'], /Either root@host or --facts/, /without looking/)
  })

  test('a place where nothing can be written is said before any work', () => {
    assertUsage(['audit', '--output', '/nowhere/x'], /\/nowhere\/x cannot be written/, /--output FILE/)
    assertUsage(['audit', '--save-facts', folder], /cannot be written/, /--save-facts FILE/)
  })

  test('with --format json the mistake is one object', () => {
    const { stderr, status } = riegel(['audit', '--format=json', '--only', 'nothing'])
    assert.equal(status, 2)
    assert.equal((JSON.parse(stderr) as { code: string }).code, 'unknown-rule')
    assert.match(riegel(['json']).stderr, /^Error: /, 'a word that only looks like it')
  })
})

describe('pipes', () => {
  test('whoever reads one line and goes is no mistake', () => {
    for (const words of ['rules', 'rules --format json', 'audit --show-script']) {
      const script = `set -o pipefail; "${process.execPath}" "${program}" ${words} | head -n 1 >/dev/null`
      const result = spawnSync('bash', ['-c', script], { encoding: 'utf8', env, timeout: 30_000 })
      assert.equal(result.stderr.replace(/^ssh is given .*\nAnd on .*\n/, ''), '')
      assert.equal(result.status, 0)
    }
  })

  test('and changes nothing about the exit code', () => {
    const words = `"${process.execPath}" "${program}" audit --facts ${saved(fresh)} --format json`
    const script = `${words} 2>/dev/null | head -n 1 >/dev/null; exit "\${PIPESTATUS[0]}"`
    assert.equal(spawnSync('bash', ['-c', script], { env, timeout: 30_000 }).status, 1)
  })

  test('a reader that takes its time gets all of it, though nothing else is waited for', () => {
    const { accounts } = fresh.sections
    assert.ok(accounts.seen)
    const many = Array.from({ length: 1000 }, (_, at) => ({
      ...accounts.value[0]!,
      name: `a${at}`,
      uid: 2000 + at,
      password: 'md5' as const,
    }))
    const facts: Facts = {
      ...fresh,
      sections: {
        ...fresh.sections,
        accounts: { seen: true, value: [...accounts.value, ...many] },
      },
    }
    const words = `"${process.execPath}" "${program}" audit --facts ${saved(facts)} --format json`
    const told = (script: string) =>
      spawnSync('bash', ['-c', script], { encoding: 'utf8', env, timeout: 60_000 }).stdout
    const whole = Number(told(`${words} --output "${folder}/whole"; wc -c <"${folder}/whole"`))
    assert.ok(whole > 128 * 1024, `${whole} letters: more than a pipe holds`)
    assert.equal(Number(told(`${words} | { sleep 1; wc -c; }`)), whole)
  })

  test('a full disk is told, and is no success', () => {
    for (const words of ['rules', `audit --facts ${saved(fresh)} --fail-on never`]) {
      const script = `"${process.execPath}" "${program}" ${words} >/dev/full`
      const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env, timeout: 60_000 })
      assert.equal(stderr, 'Error: The result could not be written\nHint: Make room, or write to another file\n')
      assert.equal(status, 2)
    }
  })
})

describe('riegel audit --facts', () => {
  const bySeverity = (severity: string) =>
    assess(fresh, serverRules).report.findings.filter(
      finding => finding.severity === severity && ['fail', 'unknown'].includes(finding.verdict),
    ).length

  test('ends with 1 where something at or above the threshold fails or is unknown', () => {
    const facts = saved(fresh)
    const ends = (...words: readonly string[]) => riegel(['audit', '--facts', facts, ...words]).status
    assert.equal(ends(), 1)
    assert.equal(ends('--fail-on', 'never'), 0)
    let above = 0
    for (const severity of ['critical', 'high', 'medium', 'low']) {
      above += bySeverity(severity)
      assert.equal(ends('--fail-on', severity), above > 0 ? 1 : 0, severity)
    }
    // one rule that fails, below and at the threshold
    const [finding] = assess(fresh, serverRules).report.findings.filter(
      f => f.verdict === 'fail' && f.severity === 'low',
    )
    if (finding) {
      assert.equal(ends('--only', finding.rule, '--fail-on', 'medium'), 0)
      assert.equal(ends('--only', finding.rule, '--fail-on', 'low'), 1)
    }
    assert.equal(ends('--only', 'passwords/empty'), 0)
  })

  test('--only and --skip take rules and basics, and may be repeated', () => {
    const audit = (...words: readonly string[]) =>
      rulesIn(riegel(['audit', '--facts', saved(fresh), '--format', 'json', ...words]))
    const all = serverRules.map(rule => rule.id as string)
    assert.deepEqual(audit(), all)
    for (const basic of basicIds.filter(basic => all.some(id => id.startsWith(`${basic}/`))))
      assert.deepEqual(
        audit('--only', basic),
        all.filter(id => id.startsWith(`${basic}/`)),
      )
    assert.deepEqual(audit('--only', 'root/ssh-login', '--only', 'keys/password-login').sort(), [
      'keys/password-login',
      'root/ssh-login',
    ])
    assert.deepEqual(
      audit('--skip', 'root', '--skip', 'keys/password-login'),
      all.filter(id => !id.startsWith('root/') && id !== 'keys/password-login'),
    )
    assert.deepEqual(
      audit('--only', 'root', '--skip', 'root/ssh-login'),
      all.filter(id => id.startsWith('root/') && id !== 'root/ssh-login'),
    )
  })

  test('--quiet prints nothing when it ends with 0, and everything when not', () => {
    const facts = saved(fresh)
    const good = riegel(['audit', '--facts', facts, '--only', 'passwords/empty', '--quiet'])
    assert.deepEqual([good.status, good.stdout, good.stderr], [0, '', ''])
    const bad = riegel(['audit', '--facts', facts, '--quiet'])
    assert.equal(bad.status, 1)
    assert.match(bad.stdout, /keys\/password-login/)
  })

  test('--output writes what would have been printed, for its owner alone', () => {
    const facts = saved(fresh)
    const path = `${folder}/report.json`
    const result = riegel(['audit', '--facts', facts, '--format', 'json', '--output', path])
    assert.deepEqual([result.status, result.stdout, result.stderr], [1, '', ''])
    assert.equal(readFileSync(path, 'utf8'), riegel(['audit', '--facts', facts, '--format', 'json']).stdout)
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('a file that others could read is closed to them before a result comes into it; streams stay as they are', () => {
    const facts = saved(fresh)
    const [path, kept, sent] = [`${folder}/open.json`, `${folder}/open-facts.json`, `${folder}/sent`]
    for (const one of [path, kept, sent]) {
      writeFileSync(one, 'x'.repeat(500_000))
      chmodSync(one, 0o644)
    }
    const json = ['audit', '--facts', facts, '--format', 'json']
    const printed = riegel(json).stdout
    assert.equal(riegel([...json, '--output', path, '--save-facts', kept]).status, 1)
    assert.deepEqual([readFileSync(path, 'utf8'), statSync(path).mode & 0o777], [printed, 0o600])
    assert.deepEqual([readFileSync(kept, 'utf8').length < 500_000, statSync(kept).mode & 0o777], [true, 0o600])
    const password = riegel(['password', '--output', path])
    assert.equal(password.status, 0, password.stderr)
    chmodSync(path, 0o640)
    assert.equal(riegel(['password', '--output', path]).status, 0)
    assert.equal(statSync(path).mode & 0o777, 0o600, 'a password least of all')
    if (!existsSync('/dev/stdout')) return
    const command = `"$@" --output /dev/stdout >'${sent}'`
    const words = [process.execPath, program, ...json]
    assert.equal(spawnSync('sh', ['-c', command, 'sh', ...words]).status, 1)
    assert.deepEqual([readFileSync(sent, 'utf8'), statSync(sent).mode & 0o777], [printed, 0o644])
    assert.equal(
      spawnSync('sh', ['-c', '"$@" --output /dev/stdout | cat', 'sh', ...words], { encoding: 'utf8' }).stdout,
      printed,
    )
  })

  test('colour only on a terminal, and never with NO_COLOR or --plain', () => {
    assert.doesNotMatch(riegel(['audit', '--facts', saved(fresh)]).stdout, /\u001b/)
  })
})

describe('riegel audit of this machine', () => {
  const ready = process.platform === 'linux' ? {} : { skip: 'looks at a Linux machine' }

  const [bin, records, facts] = [`${folder}/bin`, `${folder}/records`, `${folder}/own.json`]
  let result: SpawnSyncReturns<string>

  before(() => {
    // an `sh` in front of the real one keeps how it is called and what it is given
    mkdirSync(bin)
    mkdirSync(records)
    const keep = `printf %s "$2" >"${records}/$$.command"\ntee "${records}/$$.input" | /bin/sh "$@"`
    writeFileSync(`${bin}/sh`, `#!/bin/sh\nPATH=\${PATH#*:}\n${keep}\n`, { mode: 0o755 })
    if (!('skip' in ready))
      result = riegel(['audit', '--format', 'json', '--save-facts', facts], { PATH: `${bin}:${env.PATH}` })
  })

  test('fits the published schema, and says how it looked', ready, () => {
    assert.ok([0, 1].includes(result.status ?? -1), result.stderr)
    assert.equal(result.stderr, '')
    const seen = reportOf(result)
    assert.deepEqual(seen, JSON.parse(result.stdout), 'nothing in it that the schema does not know')
    assert.equal(seen.target.name, 'localhost')
    assert.equal(seen.lookedAs.root, process.getuid?.() === 0)
    assert.deepEqual(
      seen.findings.map(({ rule }) => rule),
      serverRules.map(({ id }) => id),
    )
  })

  test('--save-facts and --facts give the same report again', ready, () => {
    assert.equal(statSync(facts).mode & 0o777, 0o600)
    const written: unknown = JSON.parse(readFileSync(facts, 'utf8'))
    assert.deepEqual(factsSchema.parse(written), written)
    const again = riegel(['audit', '--format', 'json', '--facts', facts])
    assert.equal(again.stdout, result.stdout)
    assert.equal(again.status, result.status)
  })

  test('--show-script is byte for byte what is sent, but for the random token', ready, () => {
    const inputs = readdirSync(records).filter(name => name.endsWith('.input'))
    assert.equal(inputs.length, 1, 'one shell, one round of work')
    const sent = readFileSync(`${records}/${inputs[0]}`, 'utf8')
    const shown = riegel(['audit', '--show-script'])
    assert.equal(shown.status, 0)
    // whoever may not become root at once is asked how to go on; that answer is no script
    const plain = sent.replace(/riegel-[0-9a-f]{32}/g, 'riegel-TOKEN').replace('\nplain\nriegel-TOKEN go\n', '\n')
    assert.notEqual(plain, sent)
    assert.equal(plain, shown.stdout)
    // and how that shell is called is told beside it
    const command = readFileSync(`${records}/${inputs[0]!.replace('input', 'command')}`, 'utf8')
    assert.ok(shown.stderr.includes(command), shown.stderr)
    assert.match(shown.stderr, /^ssh is given the command: exec sh -c /)
  })
})

describe('riegel rules and explain', () => {
  test('every rule, for people and for programs', () => {
    const { stdout } = riegel(['rules'])
    for (const { id } of ruleList) assert.ok(stdout.includes(id), id)
    const list = JSON.parse(riegel(['rules', '--format', 'json']).stdout) as { rule: string }[]
    assert.deepEqual(
      list.map(({ rule }) => rule),
      ruleList.map(({ id }) => id),
    )
  })

  test('every rule and every guide can be explained, in both languages', () => {
    for (const word of ['root/ssh-login', 'host-key', 'lost-key'])
      for (const lang of ['de', 'en']) {
        const { status, stdout } = riegel(['explain', word, '--lang', lang])
        assert.equal(status, 0)
        assert.ok(stdout.split('\n').length > 5, word)
      }
  })
})
