// riegel key as a program meets it: real files made by ssh-keygen, the compiled Riegel, no terminal.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Report } from '../src/model/report.js'
import { reportSchema } from '../src/report/schemas.js'
import { type Prompt, underTerminal } from './live/lab/pty.js'

const program = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'riegel-key-test-'))
after(() => rmSync(home, { recursive: true, force: true }))
const ssh = join(home, '.ssh')
const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' }
const secret = 'Xq7 never "to be" seen'
const passphrase = join(home, 'passphrase')

const riegel = (...words: string[]) =>
  spawnSync(process.execPath, [program, 'key', ...words], { encoding: 'utf8', env, timeout: 60_000 })
const make = (name: string, words: string, ...more: string[]) => {
  spawnSync('ssh-keygen', ['-q', '-N', words, '-C', 'me', '-f', join(ssh, name), ...more])
  return join(ssh, name)
}
const said = (...words: string[]) => {
  const result = riegel('--format', 'json', ...words)
  const report = reportSchema.parse(JSON.parse(result.stdout)) as Report
  const verdicts = Object.fromEntries(report.findings.map(({ rule, verdict }) => [rule.replace('keys/', ''), verdict]))
  const problems = report.findings.flatMap(one =>
    one.problems.map(({ key }) => `${one.rule}: ${key.replace(`${ssh}/`, '')}`),
  )
  return { status: result.status, report, verdicts, problems }
}
const good = {
  'known-compromised-key': 'pass',
  'loose-file-modes': 'pass',
  'weak-private-key': 'pass',
  'unprotected-private-key': 'pass',
}

beforeEach(() => {
  rmSync(ssh, { recursive: true, force: true })
  mkdirSync(ssh, { mode: 0o700 })
  writeFileSync(passphrase, `${secret}\r\n`, { mode: 0o600 })
})

describe('riegel key', () => {
  test('without keys, or a ~/.ssh at all, nothing is wrong; with good ones neither', () => {
    assert.deepEqual([said().status, said().verdicts], [0, good])
    rmSync(ssh, { recursive: true })
    assert.deepEqual([said().status, said().verdicts], [0, good])
    mkdirSync(ssh, { mode: 0o700 })
    make('id', secret, '-t', 'ed25519')
    const { status, verdicts, report } = said()
    assert.deepEqual([status, verdicts, report.target.name], [0, good, ssh])
    assert.equal(riegel('--quiet').stdout, '')
    assert.match(
      riegel('--lang', 'de').stdout,
      /~\/\.ssh · ein privater Schlüssel .*\n\n {2}~\/\.ssh\/id {3}ed25519 256, OpenSSH, mit Passphrase\n/,
    )
  })

  test('each thing that is wrong, the exit code by the threshold, and what can be mended', () => {
    make('bare', '', '-t', 'ed25519')
    make('short', secret, '-t', 'rsa', '-b', '2048')
    chmodSync(make('open', secret, '-t', 'ed25519'), 0o640)
    const { status, problems, report } = said()
    assert.equal(status, 1)
    assert.deepEqual(problems.sort(), [
      'keys/loose-file-modes: open',
      'keys/unprotected-private-key: operator:bare',
      'keys/weak-private-key: short',
    ])
    assert.deepEqual(
      report.findings.filter(({ fixable }) => fixable).map(({ rule }) => rule),
      ['keys/loose-file-modes', 'keys/unprotected-private-key'],
    )
    assert.equal(riegel('--fail-on', 'critical').status, 0)
    assert.equal(riegel('--only', 'keys/known-compromised-key').status, 0)
    assert.equal(riegel(join(ssh, 'open.pub')).status, 0)
    const words = riegel('--lang', 'en').stdout
    assert.match(words, /Next:\n {4}riegel key --fix\n$/)
    assert.doesNotMatch(words, /harden|without root/)
  })

  test('--fix: a passphrase, the new format, modes; once the backups are gone nothing is left', () => {
    make('bare', '', '-t', 'ed25519')
    chmodSync(make('pem', secret, '-t', 'rsa', '-b', '3072', '-m', 'PEM'), 0o644)
    const before = riegel('--fix')
    assert.deepEqual([before.status, before.stdout], [2, ''])
    assert.match(before.stderr, /passphrase missing\nHint: --password-file FILE/)
    const kept = said('--fix', '--password-file', passphrase)
    assert.deepEqual(
      [kept.status, kept.problems.sort()],
      [1, ['keys/unprotected-private-key: operator:bare.before-riegel', 'keys/weak-private-key: pem.before-riegel']],
    )
    assert.ok(kept.report.findings.every(({ fixable }) => !fixable))
    for (const name of ['bare', 'pem']) rmSync(join(ssh, `${name}.before-riegel`))
    assert.deepEqual([said().status, said().verdicts], [0, good])
    make('again', '', '-t', 'ed25519')
    const dropped = said('--fix', '--drop-backup', '--password-file', passphrase)
    assert.deepEqual([dropped.status, dropped.verdicts], [0, good])
    assert.deepEqual(
      readdirSync(ssh).filter(name => /riegel/.test(name)),
      [],
    )
  })

  test('--fix with a passphrase that does not open one: the others are mended, and that one is told', () => {
    make('bare', '', '-t', 'ed25519')
    make('pem', 'other words', '-t', 'rsa', '-b', '3072', '-m', 'PEM')
    const result = riegel('--fix', '--drop-backup', '--password-file', passphrase)
    assert.equal(result.status, 1)
    assert.match(result.stderr, /\.ssh\/pem is as it was: ssh-keygen did not rewrite it/)
    assert.deepEqual(said().problems, ['keys/weak-private-key: pem'])
  })

  test('--make: under a passphrase, its public line on standard output; never over another', () => {
    const path = join(ssh, 'new')
    const result = riegel('--make', path, '--password-file', passphrase)
    assert.equal(result.status, 0)
    assert.equal(result.stdout, readFileSync(`${path}.pub`, 'utf8'))
    assert.deepEqual([said().status, said().verdicts], [0, good])
    assert.equal(riegel('--make', path, '--password-file', passphrase).status, 2)
    assert.match(riegel('--make', join(ssh, 'x')).stderr, /passphrase missing\nHint: --password-file FILE/)
    writeFileSync(passphrase, '\n')
    assert.match(riegel('--make', join(ssh, 'x'), '--password-file', passphrase).stderr, /cannot be read or is empty/)
    assert.ok(!existsSync(join(ssh, 'x')))
    assert.match(riegel('--make', join(ssh, 'y'), '--agent', '--password-file', path).stderr, /no agent/)
    assert.ok(!existsSync(join(ssh, 'y')))
  })

  test('mistakes: two lines, exit 2', () => {
    for (const words of [
      ['/nowhere'],
      ['--agent'],
      ['--make', join(ssh, 'x'), ssh],
      ['--fail-on', 'x'],
      ['--only', 'root/ssh-login'],
      ['--only', 'x'],
    ]) {
      const { status, stdout, stderr } = riegel(...words)
      assert.deepEqual([status, stdout, stderr.trim().split('\n').length], [2, '', 2], words.join(' '))
    }
  })

  test('a pipe that is named is not waited for', () => {
    const pipe = join(ssh, 'pipe')
    spawnSync('mkfifo', [pipe])
    const result = riegel(pipe, '--verbose')
    assert.equal(result.status, 0)
    assert.match(result.stdout, /pipe, not opened/)
  })

  test('a name that would speak to the terminal does not', () => {
    make('a\u001b[31mb', '', '-t', 'ed25519')
    const { stdout } = riegel()
    assert.match(stdout, /a\?\[31mb/)
    assert.doesNotMatch(stdout, /\u001b/)
  })

  test('the passphrase is nowhere in what was printed or left', () => {
    make('bare', '', '-t', 'ed25519')
    const result = riegel('--fix', '--verbose', '--password-file', passphrase)
    assert.doesNotMatch(result.stdout + result.stderr, /Xq7/)
    for (const name of readdirSync(ssh)) assert.ok(!readFileSync(join(ssh, name), 'latin1').includes('Xq7'), name)
  })
})

describe('riegel key at a terminal', () => {
  const type = (words: readonly string[], answers: readonly Prompt[]) =>
    underTerminal([process.execPath, program, 'key', '--lang', 'en', ...words], [...answers], {
      env: { ...env, TERM: 'xterm' },
    })
  const typed = '\u00e9in Satz\n'

  test('what can be mended is asked, ssh-keygen asks for the passphrase, and once more to be sure', async () => {
    const path = make('bare', '', '-t', 'ed25519')
    chmodSync(path, 0o644)
    const { code, output, matched } = await type(
      [],
      [
        { expect: /for nobody but you\? \(yes\/no\) /, send: 'yes\n', times: 1 },
        { expect: /set a passphrase\? \(yes\/no\) /, send: 'j\n', times: 1 },
        { expect: /Enter new passphrase[^:]*: /, send: typed, times: 1 },
        { expect: /Enter same passphrase again: /, send: typed, times: 1 },
        { expect: /To be sure, once more:\s+Enter passphrase[^:]*: /, send: typed, times: 1 },
        { expect: /Delete it\? \(yes\/no\) /, send: 'yes\n', times: 1 },
      ],
    )
    assert.equal(code, 0, output)
    assert.deepEqual(matched, [1, 1, 1, 1, 1, 1], output)
    assert.match(output, /mode 0644 → 0600[\s\S]*It is the same key\.[\s\S]*No findings any more\./)
    assert.doesNotMatch(output, /Satz/)
    assert.deepEqual(readdirSync(ssh).sort(), ['bare', 'bare.pub'])
    assert.deepEqual([said().status, said().verdicts], [0, good])
  })

  test('no is no, and Enter alone at the passphrase makes no key', async () => {
    const path = make('bare', '', '-t', 'ed25519')
    const was = readFileSync(path)
    const no = await type([], [{ expect: /set a passphrase\? \(yes\/no\) /, send: 'no\n' }])
    assert.equal(no.code, 1)
    assert.deepEqual(readFileSync(path), was)
    const empty = await type(
      ['--make', join(ssh, 'new')],
      [
        { expect: /Enter passphrase[^:]*: /, send: '\n', times: 1 },
        { expect: /Enter same passphrase again: /, send: '\n', times: 1 },
      ],
    )
    assert.equal(empty.code, 2, empty.output)
    assert.match(empty.output, /without a passphrase the file itself is the key; nothing was changed/)
    assert.ok(!existsSync(join(ssh, 'new')))
  })
})
