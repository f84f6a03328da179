// `riegel password` and `riegel leaks` as a program meets them: what is printed, what leaves the machine, what is kept.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Report } from '../src/model/report.js'
import { reportSchema } from '../src/report/schemas.js'
import { sha1, smallList, writeList } from './fixtures/leak-list.js'
import { underTerminal } from './live/lab/pty.js'

const program = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'riegel-password-'))
const home = join(folder, 'home')
mkdirSync(home)
after(() => rmSync(folder, { recursive: true, force: true }))

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const terminal = existsSync('/usr/bin/script') ? {} : { skip: 'needs script (util-linux) for a terminal' }
const onTerminal = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TERM: 'xterm' }

const riegel = (words: readonly string[], input: string | Buffer = '', more: Readonly<Record<string, string>> = {}) =>
  new Promise<Ran>((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', ...more }
    const child = spawn(process.execPath, [program, ...words], { env, timeout: 60_000 })
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said.stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said.stderr += chunk))
    child.on('error', reject)
    child.on('close', status => resolve({ status, ...said }))
    // whoever ends before it has read everything is no mistake here
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })

const check = (...words: readonly string[]) => ['password', '--check', '--format', 'json', ...words]
/** Without the judge of strength, who takes half a second to come. */
const lookUp = (...words: readonly string[]) => check('--only', 'passwords/leaked', ...words)
const reportOf = ({ stdout }: Ran): Report => reportSchema.parse(JSON.parse(stdout)) as Report
const verdicts = (ran: Ran) => Object.fromEntries(reportOf(ran).findings.map(({ rule, verdict }) => [rule, verdict]))
const strong = 'VxE34n.Mtu44QhUUjsMk'

/** The service on loopback, and all that it was sent. */
const asked: IncomingMessage[] = []
let answer = 200
const server = createServer((request, response) => {
  asked.push(request)
  const prefix = request.url!.slice(-5)
  const rows = Array.from({ length: 900 }, (_, at) => `${sha1(`${prefix}${at}`).slice(5)}:${at + 1}`)
  if (prefix === sha1('hunter2').slice(0, 5)) rows.push(`${sha1('hunter2').slice(5)}:17043`)
  response.writeHead(answer, answer === 302 ? { Location: '/range/00000' } : {}).end(rows.sort().join('\r\n'))
})
let service: readonly string[]
before(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  service = ['--leak-service', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]
})
after(() => server.close())

describe('riegel password', () => {
  test('makes one: nothing but that on standard output, its bits on standard error', async () => {
    const made = await Promise.all([
      riegel(['password']),
      riegel(['password', '--length', '32']),
      riegel(['password', '--words', 'de', '--lang', 'de']),
      riegel(['password', '--words', 'en', '--length', '8', '--quiet']),
    ])
    const shapes = [/^[-\w.+]{20}\n$/, /^[-\w.+]{32}\n$/, /^([a-z]+\.){5}[a-z]+\n$/, /^([a-z]+\.){7}[a-z]+\n$/]
    const says = [/^20 characters, 117 bits\.\n$/, /^32 .* 18\d bits/, /^6 Wörter, 77 Bit\.\n$/, /^$/]
    made.forEach(({ status, stdout, stderr }, at) => {
      assert.equal(status, 0)
      assert.match(stdout, shapes[at]!)
      assert.match(stderr, says[at]!)
    })
    const { password, bits } = JSON.parse((await riegel(['password', '--format', 'json'])).stdout) as Record<
      string,
      unknown
    >
    assert.match(`${password}\n`, shapes[0]!)
    assert.ok(Number(bits) > 117 && Number(bits) < 118)
  })

  test('refuses lengths that are none, and options that only a check takes', async () => {
    for (const words of [
      ['--length', '8'],
      ['--length', '1e9'],
      ['--words', 'fr'],
      ['--words', 'de', '--length', '4'],
      ['--length', '20', '--check'],
      ['--consent', 'everything'],
      ['--check', '--offline', '--fail-on', 'sometimes'],
      ['--check', '--offline', '--only', 'root'],
    ]) {
      const { status, stdout, stderr } = await riegel(['password', ...words])
      assert.equal(status, 2, words.join(' '))
      assert.equal(stdout, '')
      assert.match(stderr, /^Error: .*\nHint: .*\n$/)
    }
  })
})

describe('riegel password --check', () => {
  const list = join(folder, 'list.txt')
  const padding = { hunter2: 17_043, [strong]: 0, ' blank ': 5, Müller1978: 4 }
  writeFileSync(list, smallList(padding).join('\r\n'))
  const leaks = ['--leaks', list]

  test('ends with 0 where it is strong and in no leak, with 1 where not', async () => {
    const [good, bad] = await Promise.all([
      riegel(check(...leaks), `${strong}\n`),
      riegel(check(...leaks), 'hunter2\n'),
    ])
    assert.deepEqual([good.status, verdicts(good)], [0, { 'passwords/weak': 'pass', 'passwords/leaked': 'pass' }])
    assert.deepEqual([bad.status, verdicts(bad)], [1, { 'passwords/weak': 'fail', 'passwords/leaked': 'fail' }])
    assert.match(reportOf(bad).findings[1]!.problems[0]!.text.de, /17\.043-mal/)
    assert.equal((await riegel([...check(...leaks), '--quiet'], strong)).stdout, '')
    assert.equal((await riegel(check(...leaks, '--fail-on', 'critical'), 'hunter2')).status, 0)
  })

  test('takes exactly one LF or CRLF away, and nothing else', async () => {
    for (const [input, leaked] of [
      [' blank \n', 'fail'],
      [' blank \r\n', 'fail'],
      [' blank ', 'fail'],
      ['blank', 'pass'],
      [' blank \n\n', 'pass'],
      [' blank \r', 'pass'],
      ['Müller1978\n', 'fail'],
    ] as const)
      assert.equal(verdicts(await riegel(lookUp(...leaks), input))['passwords/leaked'], leaked, JSON.stringify(input))
  })

  test('reads a file, and refuses what is no password', async () => {
    const file = join(folder, 'password.txt')
    const of = (content: string | Buffer) => {
      writeFileSync(file, content)
      return riegel([...lookUp(...leaks).filter(word => word !== '--check'), '--password-file', file])
    }
    assert.equal(verdicts(await of('hunter2\r\n'))['passwords/leaked'], 'fail')
    for (const content of ['', '\n', Buffer.from('M\u00fcller', 'latin1'), 'x'.repeat(70_000)]) {
      const { status, stdout, stderr } = await of(content)
      assert.deepEqual([status, stdout], [2, ''])
      assert.match(stderr, /no-password|bad-password-file/)
    }
    for (const path of [folder, join(folder, 'missing'), '/dev/zero'])
      assert.equal((await riegel(['password', '--password-file', path, ...leaks])).status, 2)
  })

  test('typed on a terminal it is not shown, and blanks belong to it', terminal, async () => {
    const words = [process.execPath, program, 'password', '--check', '--only', 'passwords/leaked', ...leaks]
    const prompts = [{ expect: /Password \(not shown\): /, send: ' blank \r' }]
    const { code, output } = await underTerminal(words, prompts, { env: onTerminal })
    assert.equal(code, 1)
    assert.match(output, /The password is in known leaks, 5 times\./)
    assert.doesNotMatch(output, / blank /)
  })

  test('a list that is not what it seems ends it before the password is read', async () => {
    const other = join(folder, 'ntlm.txt')
    writeFileSync(
      other,
      smallList()
        .map(row => row.slice(0, 32) + row.slice(40))
        .join('\n'),
    )
    const { status, stdout, stderr } = await riegel(['password', '--check', '--leaks', other], strong)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /ntlm\.txt: the NTLM list\nHint: /)
  })

  test('--only and --skip take its own rules', async () => {
    const only = await riegel(check('--only', 'passwords/weak'), strong)
    assert.deepEqual([only.status, verdicts(only)], [0, { 'passwords/weak': 'pass' }])
    assert.equal(only.stderr, '', 'nobody has to agree to what is not asked')
    assert.deepEqual(verdicts(await riegel(check('--skip', 'passwords/weak', ...leaks), strong)), {
      'passwords/leaked': 'pass',
    })
  })
})

describe('what leaves the machine', () => {
  const consent = join(home, '.config/riegel/consent')

  test('nothing without consent, and nothing with --offline or a list', async () => {
    const refused = await riegel(lookUp(...service), 'hunter2')
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /"code":"cannot-ask".*--consent leaks, or --leaks FILE, or --offline/)
    const offline = await riegel(lookUp(...service, '--offline', '--consent', 'leaks'), strong)
    assert.deepEqual([offline.status, verdicts(offline)['passwords/leaked']], [1, 'unknown'])
    const list = join(folder, 'own.txt')
    writeFileSync(list, smallList().join('\n'))
    assert.equal((await riegel(lookUp(...service, '--leaks', list, '--consent', 'leaks'), strong)).status, 0)
    assert.equal(asked.length, 0)
  })

  test('five digits and the wish for padding, byte for byte', async () => {
    const found = await riegel(lookUp(...service, '--consent', 'leaks'), 'hunter2')
    assert.deepEqual([found.status, verdicts(found)['passwords/leaked']], [1, 'fail'])
    assert.equal(asked.length, 1)
    const [{ method, url, httpVersion, rawHeaders }] = asked as [IncomingMessage]
    assert.deepEqual([method, url, httpVersion], ['GET', `/range/${sha1('hunter2').slice(0, 5)}`, '1.1'])
    assert.deepEqual(rawHeaders, [
      ...['User-Agent', rawHeaders[1]!],
      ...['Add-Padding', 'true'],
      ...['Host', service[1]!.slice('http://'.length)],
      ...['Connection', 'keep-alive'],
    ])
    assert.match(rawHeaders[1]!, /^riegel\/\d+\.\d+\.\d+$/)
  })

  test('consent is remembered, for this host only', async () => {
    assert.match(readFileSync(consent, 'utf8'), /^leaks 127\.0\.0\.1:\d+ \d{4}-\d\d-\d\d\n$/)
    assert.equal(statSync(consent).mode & 0o777, 0o600)
    assert.equal((await riegel(lookUp(...service), strong)).status, 0)
    const other = service[1]!.replace('127.0.0.1', 'localhost')
    assert.equal((await riegel(lookUp('--leak-service', other), strong)).status, 2)
  })

  test('on a terminal the question says what would go where; a no is no answer about leaks', terminal, async () => {
    const words = [process.execPath, program, 'password', '--check', '--only', 'passwords/leaked', '--lang', 'de']
    const other = ['--leak-service', service[1]!.replace('127.0.0.1', 'localhost')]
    asked.length = 0
    const answers = (answer: string) => [
      { expect: /Einverstanden\? \(ja\/nein\) /, send: `${answer}\r` },
      { expect: /Passwort \(wird nicht gezeigt\): /, send: 'hunter2\r' },
    ]
    const no = await underTerminal([...words, ...other], answers('nein'), { env: onTerminal })
    assert.equal(no.code, 1)
    assert.match(no.output, /weiß localhost:\d+\. Dorthin gehen fünf Zeichen/)
    assert.match(no.output, /Unklar, 1 Regel:/)
    assert.equal(asked.length, 0)
    const yes = await underTerminal([...words, ...other], answers('ja'), { env: onTerminal })
    assert.match(yes.output, /steht in bekannten Leaks, 17\.043-mal/)
    const again = await underTerminal([...words, ...other], answers('nein'), { env: onTerminal })
    assert.deepEqual([again.matched, asked.length], [[0, 1], 2])
  })

  test('an answer that is none is unknown, with its reason, and a redirect is not followed', async () => {
    for (const status of [302, 404, 429, 503]) {
      answer = status
      asked.length = 0
      const ran = await riegel(lookUp(...service), strong)
      assert.deepEqual([ran.status, verdicts(ran)['passwords/leaked']], [1, 'unknown'])
      assert.match(ran.stderr, new RegExp(`answers ${status} instead of 200`))
      assert.equal(asked.length, 1)
    }
    answer = 200
  })

  test('the password is in nothing that a run prints or leaves behind', async () => {
    const secret = 'Zaunpfahl-Kaktus-4711'
    const report = join(folder, 'report.json')
    const ran = await riegel([...lookUp(...service), '--output', report], `${secret}\n`)
    const left = readdirSync(home, { recursive: true, encoding: 'utf8' })
      .map(name => join(home, name))
      .filter(path => statSync(path).isFile())
    const all = [ran.stdout, ran.stderr, ...[...left, report].map(path => readFileSync(path, 'utf8'))].join('\n')
    const hash = sha1(secret)
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
      hash.slice(5),
    ])
      assert.ok(!all.toLowerCase().includes(form.toLowerCase()), form)
    assert.ok(!asked.some(({ url, rawHeaders }) => `${url}${rawHeaders.join()}`.includes(hash.slice(5, 12))))
  })
})

describe('riegel leaks pack', () => {
  test('packs a list, says how sure it is, and overwrites nothing', async () => {
    const list = join(folder, 'whole.txt')
    const size = writeList(list, { rowsPerRange: 1, known: { hunter2: 5 } })
    const packed = await riegel(['leaks', 'pack', list, '--format', 'json'])
    assert.equal(packed.status, 0, packed.stderr)
    const { file, rows, bytes, errorRate } = JSON.parse(packed.stdout) as Record<string, string & number>
    assert.equal(file, `${list}.rgl1`)
    assert.equal(rows, 2 ** 20 + 1)
    assert.equal(bytes, statSync(file!).size)
    assert.ok(bytes! < size / 4)
    assert.ok(errorRate! > 0 && errorRate! < 1e-13)
    const found = await riegel(check('--leaks', file!), 'hunter2')
    assert.equal(verdicts(found)['passwords/leaked'], 'fail')
    assert.equal(reportOf(found).findings[1]!.problems[0]!.text.en, 'The password is in known leaks.')
    const again = await riegel(['leaks', 'pack', list])
    assert.deepEqual([again.status, again.stdout], [2, ''])
    assert.match(again.stderr, /exists already\nHint: .*--output FILE/)
  })

  test('refuses what is no list, and words it does not know', async () => {
    const other = join(folder, 'words.txt')
    writeFileSync(other, 'hunter2\npassword\n')
    for (const words of [['pack', other], ['pack'], ['unpack', other], [], ['pack', join(folder, 'none')]]) {
      const { status, stderr } = await riegel(['leaks', ...words])
      assert.equal(status, 2)
      assert.match(stderr, /^Error: .*\nHint: .*\n$/)
    }
  })
})
