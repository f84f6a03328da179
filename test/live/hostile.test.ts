// Item 8 of the issue: a server that answers with gigabytes, escape sequences, broken frames, a frame end that lies, or
// never. Riegel ends within 30 s of the last useful byte and under 256 MB with 1 or 2, sends nothing to the terminal
// that does something there, says unknown, and leaves nothing behind.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Report } from '../../src/model/report.js'
import { serverRules } from '../../src/riegel.js'
import { hostileSetup, hostileWords, modes, payload } from './hostile.js'
import type { Host, Lab } from './lab/index.js'
import { sleep } from './lab/tools.js'
import { live, type Operator, rulesWith, type Workplace, workplace } from './support.js'

interface Ran {
  readonly mode: string
  readonly words: readonly string[]
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
  /** since the server last said something useful, by its own clock, which is this machine's */
  readonly since: number
  readonly megabytes: number
  readonly left: readonly string[]
}

/** What does something to a terminal, raw. */
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

/** The most memory the process ever had, written when it ends: `getrusage` would count what started it. */
const measure = `import{readFileSync,writeFileSync}from"node:fs";process.on("exit",()=>{writeFileSync(process.env.RIEGEL_PEAK,/VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status","utf8"))[1])})`

/** Processes that carry these words in their command line. */
const processesWith = (words: string): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return line.includes(words) ? [line] : []
      } catch {
        return []
      }
    })

/** Ended by itself in time, small, with 1 or 2, and nothing of it is left. `most`: where the server goes on being useful. */
const assertEnds = (ran: Ran, codes: readonly number[] = [1, 2]): void => {
  const what = `${ran.mode}: riegel ${ran.words.join(' ')}\n${ran.stdout.slice(0, 2000)}\n${ran.stderr.slice(0, 2000)}`
  assert.ok(ran.code !== null && codes.includes(ran.code), `exit ${ran.code}, ${what}`)
  // Riegel waits 27 s at most; a machine that is busy looks later
  assert.ok(ran.since < 35, `${ran.since} s after the last useful byte, ${what}`)
  assert.ok(ran.megabytes > 20 && ran.megabytes < 256, `${ran.megabytes} MB, ${what}`)
  for (const words of [ran.stdout, ran.stderr]) {
    const at = harmful.exec(words)
    assert.equal(at, null, `${at && JSON.stringify(words.slice(Math.max(0, at.index - 60), at.index + 20))}, ${what}`)
  }
  assert.doesNotMatch(ran.stderr, /mistake in Riegel/)
  assert.deepEqual(ran.left, [], what)
}

/** Refused in two lines, or in one object, that say it is unknown how the server stands. */
const assertUnknown = (ran: Ran, reason: RegExp): void => {
  assertEnds(ran, [2])
  assert.equal(ran.stdout, '', 'nothing is told of it')
  const german = ran.words.includes('de')
  if (ran.words.includes('json')) {
    const said = JSON.parse(ran.stderr) as { event: string; text: { de: string; en: string } }
    assert.equal(said.event, 'error')
    assert.match(said.text.en, reason)
    assert.match(said.text.de, /; sein Zustand ist unklar$/)
    assert.match(said.text.en, /; its state is unknown$/)
    return
  }
  const [error = '', hint = '', ...more] = ran.stderr.trimEnd().split('\n')
  assert.deepEqual(more, [])
  assert.match(error, german ? /^Fehler: .*; sein Zustand ist unklar$/ : /^Error: .*; its state is unknown$/)
  if (!german) assert.match(error, reason)
  assert.match(hint, german ? /^Hinweis: ./ : /^Hint: ./)
}

const reportOf = (ran: Ran): Report => JSON.parse(ran.stdout) as Report

// mostly they wait for Riegel to lose patience
describe('a hostile server', { ...live, concurrency: 6 }, () => {
  let place: Workplace
  let lab: Lab
  let operator: Operator
  let host: Host
  let count = 0
  const all: Ran[] = []

  before(async () => {
    place = await workplace('hostile')
    ;({ lab, operator } = place)
    host = await lab.host({ suite: 'trixie', setup: hostileSetup(operator.keyLine) })
  })

  after(async () => {
    const table = all.map(
      ran =>
        `${ran.mode} ${ran.words[0]} ${ran.words.includes('json') ? 'json' : ran.words.includes('de') ? 'de' : 'en'}: exit ${ran.code}, ${ran.seconds.toFixed(1)} s (${ran.since.toFixed(1)} s since), ${ran.megabytes.toFixed(0)} MB`,
    )
    if (process.env['RIEGEL_TABLE']) writeFileSync(process.env['RIEGEL_TABLE'], `${table.sort().join('\n')}\n`)
    await place.close()
  })

  const known = async (on: Host): Promise<string> => {
    const file = `${operator.home}/known-${on.name}`
    if (!existsSync(file))
      writeFileSync(file, `${on.ip4} ${readFileSync(`${on.rootPath}/etc/ssh/ssh_host_ed25519_key.pub`, 'utf8')}`)
    return file
  }

  /** Riegel against one mode, with a folder of its own for what is temporary. */
  const riegel = async (mode: string, words: readonly string[], on = host, timeoutMs = 200_000): Promise<Ran> => {
    count += 1
    const run = `${mode}-${count}`
    const folder = mkdtempSync(`${operator.home}/run-`)
    mkdirSync(`${folder}/tmp`)
    const [command = '', ...rest] = words
    const to = ['-i', operator.key.replace(/\.pub$/, ''), '-o', `UserKnownHostsFile=${await known(on)}`]
    const options = [...to, '-o', `SetEnv=RIEGEL_RUN=${run}`]
    const began = Date.now()
    const result = await lab.run(operator.argv([command, `${mode}@${on.ip4}`, ...options, ...rest]), {
      env: {
        ...operator.env,
        TMPDIR: `${folder}/tmp`,
        RIEGEL_PEAK: `${folder}/peak`,
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(measure)}`,
      },
      timeoutMs,
    })
    const ended = Date.now()
    const stamp = `${on.rootPath}/srv/hostile/${run}`
    // an ssh that was told to end may take a moment
    for (let i = 0; i < 20 && processesWith(folder).length > 0; i += 1) await sleep(100)
    const ran: Ran = {
      mode,
      words,
      ...result,
      seconds: (ended - began) / 1000,
      since: (ended - (existsSync(stamp) ? statSync(stamp).mtimeMs : began)) / 1000,
      megabytes: existsSync(`${folder}/peak`) ? Number(readFileSync(`${folder}/peak`, 'utf8')) / 1024 : 0,
      left: [...processesWith(folder), ...readdirSync(`${folder}/tmp`)],
    }
    all.push(ran)
    return ran
  }

  const audits = (mode: string): Promise<Ran[]> =>
    Promise.all([
      riegel(mode, ['audit', '--lang', 'de', '--verbose']),
      riegel(mode, ['audit', '--lang', 'en']),
      riegel(mode, ['audit', '--format', 'json']),
    ])

  /** Every command against one mode is refused, and says that it is unknown how the server stands. */
  const assertRefuses = async (mode: string, reason: RegExp, others = false): Promise<void> => {
    const more = others
      ? [
          riegel(mode, ['harden', '--lang', 'de', '--yes', '--user', 'anna', '--key', operator.key]),
          riegel(mode, ['undo', '--lang', 'en', '--yes']),
          riegel(mode, ['history', '--format', 'json']),
        ]
      : []
    for (const ran of [...(await audits(mode)), ...(await Promise.all(more))]) assertUnknown(ran, reason)
  }

  for (const [mode, what, reason, others] of [
    ['silent', 'never answers', /no shell answers/, true],
    ['stubborn', 'never answers and does not let itself be ended', /no shell answers/],
    ['noise', 'prints gigabytes before it answers', /no shell answers/, true],
    ['noise-escapes', 'prints escape sequences for ever', /no shell answers/],
    ['noise-errors', 'prints them for ever on its standard error', /no shell answers/],
    ['trickle', 'prints one byte a second', /no shell answers/],
    ['ready-silent', 'says that it is ready, and never again anything', /stopped answering/, true],
    ['ready-dies', 'says that it is ready, and ends', /connection to the server was lost/],
    ['ready-trickle', 'answers with one byte a second', /stopped answering/, true],
    ['frame-endless', 'begins an answer as it should and never ends it', /does not stop answering/, true],
    ['frame-escapes', 'answers with escape sequences for ever', /does not stop answering/],
    ['lines-endless', 'answers with the lines of a frame for ever', /does not stop answering|stopped answering/],
    ['big-section', 'has a section of twenty megabytes', /does not stop answering/],
    ['wrong-token', 'answers with the wrong token', /no shell answers/],
    ['half-ready', 'ends in the middle of a line', /no shell answers/],
    ['evil-ready', 'has an account whose name is an escape sequence', /stopped answering/],
    ['password-silent', 'asks for a password and never says what it thinks of it', /stopped answering/],
  ] as const)
    test(`that ${what}: unknown, in time`, () => assertRefuses(mode, reason, others))

  test('that says for ever that it is at work: it has the time of a look, and no more', async () => {
    const ran = await riegel('wait-for-ever', ['audit', '--lang', 'en'])
    assertUnknown(ran, /stopped answering/)
    assert.ok(ran.seconds < 150, `${ran.seconds} s`)
  })

  test('whose sudo refuses with escape sequences: refused by every command, and none comes through', async () => {
    const file = `${operator.home}/password`
    writeFileSync(file, 'x\n', { mode: 0o600 })
    for (const words of [['audit'], ['audit', '--format', 'json'], ['harden', '--lang', 'de', '--yes'], ['history']])
      assertEnds(await riegel('evil-password', [...words, '--sudo-password-file', file]), [2])
  })

  /** Sections that do not come over the frames: they were seen whatever the answer was. */
  const elsewhere = ['wire', 'operator']
  const seenInTruth: string[] = []
  const truth = async (): Promise<readonly string[]> => {
    if (seenInTruth.length > 0) return seenInTruth
    // the same server, asked by an account that does not lie
    await host.must('usermod -s /bin/sh half-truth 2>/dev/null || useradd -M -d / -s /bin/sh -G hostile half-truth')
    const honest = await riegel('half-truth', ['audit', '--format', 'json'])
    assert.equal(honest.code, 1, honest.stderr)
    assert.deepEqual(rulesWith(reportOf(honest), 'unknown'), [])
    seenInTruth.push(...rulesWith(reportOf(honest), 'pass'))
    return seenInTruth
  }

  for (const [mode, what] of [
    ['only-done', 'says it is done without a section'],
    ['early-end', 'answers before it was asked'],
    ['nothing', 'ends an answer with nothing in it'],
    ['end-first', 'says the end first and the answer behind it'],
    ['no-ends', 'ends no section'],
  ] as const)
    test(`that ${what}: nothing passes`, async () => {
      for (const ran of await audits(mode)) {
        assertEnds(ran, ['end-first', 'early-end'].includes(ran.mode) ? [1, 2] : [1])
        if (ran.stdout === '') continue
        if (!ran.words.includes('json')) {
          assert.match(ran.stdout, ran.words.includes('de') ? /^Unklar, \d+ Regeln/m : /^Unknown, \d+ rules/m)
          continue
        }
        const report = reportOf(ran)
        const may = serverRules.filter(rule => rule.needs.every(name => elsewhere.includes(name))).map(rule => rule.id)
        assert.deepEqual(
          rulesWith(report, 'pass').filter(id => !may.some(one => one === id)),
          [],
        )
        for (const finding of report.findings.filter(({ verdict }) => verdict === 'unknown'))
          assert.notEqual(finding.because?.en ?? '', '', `${finding.rule} says why`)
      }
    })

  for (const [mode, what] of [
    ['cut-half', 'says the end in the middle'],
    ['cut-start', 'leaves out the beginning'],
    ['bad-status', 'ends its sections with a status that is none'],
    ['empty-sections', 'ends its sections well with nothing in them'],
    ['bytes', 'puts NUL and broken UTF-8 into its answer'],
    ['crowd', 'has a hundred thousand accounts'],
    ['listeners', 'listens in ninety thousand places'],
  ] as const)
    test(`that ${what}: nothing passes that does not pass in truth`, async () => {
      const passes = await truth()
      for (const ran of await audits(mode)) {
        assertEnds(ran, [1])
        if (!ran.words.includes('json')) continue
        const report = reportOf(ran)
        assert.deepEqual(
          rulesWith(report, 'pass').filter(id => !passes.includes(id)),
          [],
        )
        assert.ok(mode === 'listeners' || report.summary.unknown > 0)
      }
    })

  test('with as many accounts as are read, all without a password and with such names: told, and small', async () => {
    for (const ran of await audits('crowd-allowed')) {
      assertEnds(ran, [1])
      assert.match(ran.stdout, /EVIL/, 'the names did come')
    }
  })

  for (let k = 0; k < 8; k += 1)
    test(`with escape sequences in every value, place ${k + 1}: none comes through`, async () => {
      const others = await Promise.all([
        riegel(`escapes${k}`, [
          'harden',
          '--lang',
          'de',
          '--yes',
          '--user',
          'anna',
          '--key',
          operator.key,
          '--plan',
          '--verbose',
        ]),
        riegel(`escapes${k}`, [
          'harden',
          '--yes',
          '--user',
          'anna',
          '--key',
          operator.key,
          '--plan',
          '--format',
          'json',
        ]),
        riegel(`escapes${k}`, ['history', '--verbose']),
      ])
      for (const ran of await audits(`escapes${k}`)) assertEnds(ran, [1])
      for (const ran of others) assertEnds(ran, [0, 1, 2])
    })

  test('every mode of the program is tried', () => {
    const named = readFileSync(fileURLToPath(import.meta.url), 'utf8')
    const left = modes.filter(mode => !/^escapes\d$/.test(mode) && !named.includes(`'${mode}'`))
    assert.deepEqual(left, [])
  })

  describe('that does not lie but chose its words', { concurrency: false }, () => {
    let words: Host

    before(async () => {
      words = await lab.host({ suite: 'trixie', setup: hostileWords(operator.keyLine) })
      await words.must(`perl -e 'my $n = "EVIL\\e]0;x\\a\\e[31m"; syscall(170, $n, length $n) == 0 or die'`)
      // what is no sshd may greet as it likes
      await words.must(`cat >/run/systemd/system/drop.socket <<'END'
[Socket]
ListenStream=2223
Accept=yes
END
printf '%b' '${payload.replaceAll('\\', '\\\\')}' >/dev/null
cat >/run/systemd/system/drop@.service <<'END'
[Service]
ExecStart=/bin/sh -c 'printf "SSH-2.0-\\\\033[31mEVIL\\\\033]0;x\\\\007\\\\n"; sleep 2'
StandardInput=socket
StandardOutput=socket
END
systemctl daemon-reload; systemctl start drop.socket`)
    })
    after(() => words.stop())

    const on = (who: string, ...given: string[]) => riegel(who, given, words)

    test('in the report: they are told, and do nothing', async () => {
      for (const given of [
        ['--lang', 'de', '--verbose'],
        ['--lang', 'en', '--verbose'],
        ['--format', 'json'],
        ['--lang', 'en'],
      ]) {
        const ran = await on('root', 'audit', ...given)
        assertEnds(ran, [1])
        assert.match(ran.stdout, /EVIL/, 'the words did come')
        if (given.includes('json')) assert.match(ran.stdout, /\\u001b\[31m/, 'a program gets them whole')
      }
    })

    test('in the plan, in the history, in what would be taken back', async () => {
      const anna = [
        '--user',
        'anna',
        '--key',
        operator.key,
        '--new-port',
        '301',
        '--sudo',
        'nopasswd',
        '--skip',
        'upkeep',
      ]
      for (const given of [
        ['history', '--verbose', '--lang', 'de'],
        ['history', '--format', 'json'],
        ['harden', ...anna, '--plan', '--verbose', '--lang', 'de'],
        ['harden', ...anna, '--plan', '--format', 'json'],
        ['harden', ...anna, '--yes', '--lang', 'en'],
        ['undo', '--plan', '--lang', 'de'],
        ['undo', '20261124-190201-kq7m', '--plan', '--lang', 'en'],
        ['undo', '20261124-190201-kq7m', '--plan', '--format', 'json'],
        ['undo', '20261124-190201-kq7m', '--yes', '--lang', 'en'],
      ]) {
        // one that is still guarded keeps every other away
        if (given[0] !== 'history') await words.must('rm -rf /var/lib/riegel/20261124-190202-kq7m')
        const ran = await on('root', ...given)
        assertEnds(ran, [0, 1, 2])
        assert.doesNotMatch(ran.stderr, /already at work/)
        if (given.includes('json')) JSON.parse(ran.stdout)
        if (given[0] === 'history') {
          assert.equal(ran.code, 0, ran.stderr)
          assert.match(ran.stdout, /EVIL/, 'the words did come')
        }
      }
    })

    test('in what sudo says, and in what the shell prints besides', async () => {
      const file = `${operator.home}/wrong`
      writeFileSync(file, 'wrong\n', { mode: 0o600 })
      const looked = await on('bert', 'audit', '--sudo-password-file', file, '--lang', 'en')
      assertEnds(looked, [1])
      assert.match(looked.stdout, /^Note: looked at without root/)
      const refused = await on('bert', 'history', '--sudo-password-file', file, '--lang', 'de')
      assertEnds(refused, [2])
      assert.match(refused.stderr, /^Fehler: /)
    })

    test('in what sshd complains of', async () => {
      await words.must(`printf 'No\\033]0;x\\007\\033[31mEVIL\\302\\233 yes\\n' >/etc/ssh/sshd_config.d/99-broken.conf`)
      const anna = ['--user', 'anna', '--key', operator.key, '--new-port', '301', '--sudo', 'nopasswd']
      for (const given of [
        ['audit', '--lang', 'de', '--verbose'],
        ['audit', '--format', 'json'],
      ])
        assertEnds(await on('root', ...given), [1])
      const refused = await on('root', 'harden', ...anna, '--yes', '--lang', 'en')
      assertEnds(refused, [2])
      assert.match(refused.stderr, /EVIL/, 'the complaint is told')
    })
  })

  describe('that is not even a server of ssh', { concurrency: 4 }, () => {
    let fake: Host

    before(async () => {
      fake = await lab.host({ suite: 'trixie', setup: 'true' })
      const says = {
        2301: 'sleep 300',
        2302: "printf 'SSH-2.0-EVIL\\r\\n'; sleep 300",
        2303: 'exec yes',
        2304: "printf 'SSH-2.0-\\033[31mEVIL\\r\\n'; exec cat /dev/zero",
        2305: "while printf '\\033]0;EVIL\\007 \\033[31m\\r\\n'; do sleep 1; done",
      }
      for (const [port, script] of Object.entries(says)) {
        await fake.must(`printf '%s\\n' "$(cat)" >/root/${port}.sh`, { input: script })
        await fake.must(`printf '[Socket]\\nListenStream=${port}\\nAccept=yes\\n' >/run/systemd/system/fake${port}.socket
printf '[Service]\\nExecStart=/bin/sh /root/${port}.sh\\nStandardInput=socket\\nStandardOutput=socket\\n' >/run/systemd/system/fake${port}@.service
systemctl daemon-reload; systemctl start fake${port}.socket`)
      }
    })
    after(() => fake.stop())

    for (const [port, what] of [
      [2301, 'never says a word'],
      [2302, 'greets like one, and never again says a word'],
      [2303, 'never stops talking'],
      [2304, 'greets like one with an escape sequence, and never stops'],
      [2305, 'says escape sequences instead of a greeting'],
    ] as const)
      test(`but ${what}: given up, known or not`, async () => {
        const fresh = ['-o', `UserKnownHostsFile=${operator.home}/none`]
        const key = readFileSync(`${fake.rootPath}/etc/ssh/ssh_host_ed25519_key.pub`, 'utf8')
        writeFileSync(`${operator.home}/known-${port}`, `[${fake.ip4}]:${port} ${key}`)
        const keys = ['-o', `UserKnownHostsFile=${operator.home}/known-${port}`]
        for (const ran of await Promise.all([
          riegel('root', ['audit', ...fresh, '-p', `${port}`, '--lang', 'de'], fake),
          riegel('root', ['audit', ...keys, '-p', `${port}`, '--lang', 'en'], fake),
          riegel('root', ['history', ...keys, '-p', `${port}`, '--format', 'json'], fake),
        ])) {
          assertEnds(ran, [2])
          assert.equal(ran.stdout, '')
        }
      })
  })
})
