// Item 11 of the issue: whatever is wrong with what was typed, with this computer or with the server is said in at most
// two lines, ends with 2, and leaves the server as it was.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Plan } from '../../src/model/plan.js'
import { outcomeSchema, planSchema } from '../../src/report/schemas.js'
import { difference, type Host, type Lab, type Snapshot, snapshot } from './lab/index.js'
import { type Result, sleep } from './lab/tools.js'
import {
  assertBolted,
  byKey,
  fingerprint,
  live,
  type Operator,
  outcome,
  report,
  verdict,
  type Workplace,
  withUser,
  workplace,
} from './support.js'

interface Refusal {
  /** the first line, and the second */
  readonly error: RegExp
  readonly hint: RegExp
  readonly code?: string
  /** the host that must be what it was */
  readonly host?: Host
  /** the server was reached: a program gets the outcome document as well */
  readonly reached?: true
}

/** Two lines, exit 2, no stack, nothing on standard output. */
const assertTwoLines = (result: Result, { error, hint }: Refusal): void => {
  assert.equal(result.code, 2, result.stdout + result.stderr)
  assert.equal(result.stdout, '')
  const lines = result.stderr.trimEnd().split('\n')
  assert.equal(lines.length, 2, result.stderr)
  assert.match(lines[0]!, error)
  assert.match(lines[0]!, /^Error: /)
  assert.match(lines[1]!, hint)
  assert.match(lines[1]!, /^Hint: /)
  assert.doesNotMatch(result.stderr, /\.[jt]s:\d+|^\s+at /m, 'no stack')
}

/** The same for a program: one object on standard error, and the outcome once the server was reached. */
const assertOneObject = (result: Result, { error, hint, code, reached }: Refusal): void => {
  assert.equal(result.code, 2, result.stdout + result.stderr)
  assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr)
  const said = JSON.parse(result.stderr) as Record<'event' | 'code', string> &
    Record<'text' | 'hint', Record<'de' | 'en', string>>
  assert.equal(said.event, 'error')
  if (code !== undefined) assert.equal(said.code, code)
  assert.match(`Error: ${said.text.en}`, error)
  assert.match(`Hint: ${said.hint.en}`, hint)
  assert.notEqual(said.text.de, '')
  if (!reached) {
    assert.equal(result.stdout, '')
    return
  }
  const document = outcomeSchema.parse(JSON.parse(result.stdout))
  assert.equal(document.state, 'refused')
  assert.equal(document.transaction, null)
  assert.equal(document.after, null)
  assert.deepEqual(document.reason, said.text)
}

describe('bad input', live, () => {
  let place: Workplace
  let lab: Lab
  let operator: Operator
  let host: Host
  let print: string

  before(async () => {
    place = await workplace('badinput')
    ;({ lab, operator } = place)
    host = await lab.host({
      suite: 'trixie',
      setup: `${byKey(operator.keyLine)}
${withUser('bert', operator.keyLine, 'ALL', 'q3wk.n8xd')}
rm /etc/sudoers.d/50-bert
${withUser('carl', operator.keyLine, 'ALL', 'p5vf.r2ne')}
`,
    })
    print = await fingerprint(host)
    await operator.makeKey('other')
  })

  after(() => place.close())

  const to = (who: string, on = host) => [`${who}@${on.ip4}`, ...operator.files]
  const known = (who: string, on = host) => [...to(who, on), '--host-key', print]
  const anna = () => ['--user', 'anna', '--key', operator.key, '--new-port', '301', '--sudo', 'nopasswd']
  const allowing = ['--skip', 'upkeep', '--allow', 'no-console', '--allow', 'others-cut-off']
  const hardening = (who = 'root') => ['harden', ...known(who), '--yes', ...allowing]

  const assertRefused = async (words: readonly string[], refusal: Refusal): Promise<void> => {
    const was = refusal.host && (await snapshot(refusal.host))
    const [command = '', ...rest] = words
    assertTwoLines(await operator.riegel([command, '--lang', 'en', ...rest]), refusal)
    assertOneObject(await operator.riegel([command, '--format', 'json', ...rest]), refusal)
    if (refusal.host && was) assert.deepEqual(difference(was, await snapshot(refusal.host)), [])
  }

  describe('before a server is asked', { concurrency: false }, () => {
    test('an option that is none', () =>
      assertRefused(['audit', ...known('root'), '--ony', 'ssh'], {
        error: /riegel audit does not know --ony$/,
        hint: /Did you mean --only\? All: riegel audit --help/,
        code: 'usage',
      }))

    test('an option of ssh that ssh does not know', () =>
      assertRefused(['audit', ...known('root'), '-o', 'NoSuchThing=yes'], {
        error: /ssh refuses these options: .*nosuchthing/i,
        hint: /-p -i -J -F -o as with ssh/,
        code: 'bad-ssh-options',
      }))

    test('a word too many', () =>
      assertRefused(['audit', `root@${host.ip4}`, 'and'], {
        error: /riegel audit does not take "and" as well/,
        hint: /riegel audit --help/,
      }))

    test('a rule that is none', () =>
      assertRefused(['audit', ...known('root'), '--only', 'root/login'], {
        error: /Unknown rule root\/login$/,
        hint: /Did you mean root\/ssh-login\?/,
        code: 'unknown-rule',
      }))

    test('a facts file that is broken, that is none, that is not there', async () => {
      const file = `${operator.home}/facts.json`
      for (const [words, why] of [
        ['{"schema": "riegel.facts/1", "sections": {', /facts\.json: not Riegel facts \(line 1\)|facts\.json, line 1/],
        ['{"schema": "riegel.report/1"}', /facts\.json.*not Riegel facts/],
        ['\u0000\u0001', /facts\.json.*not Riegel facts/],
      ] as const) {
        writeFileSync(file, words)
        await assertRefused(['audit', '--facts', file], { error: why, hint: /riegel audit --save-facts/ })
      }
      await assertRefused(['audit', '--facts', `${operator.home}/nothing`], {
        error: /nothing: .*cannot be read/,
        hint: /riegel audit --save-facts/,
      })
    })

    test('a format that is not built yet names those that are', async () => {
      const words = ['audit', ...known('root'), '--format', 'sarif', '--lang', 'en']
      const refusal = { error: /--format sarif is not built yet/, hint: /terminal or json/ }
      assertTwoLines(await operator.riegel(words), refusal)
    })

    test('the private key given as the public one', () =>
      assertRefused([...hardening(), '--user', 'anna', '--key', operator.key.replace(/\.pub$/, '')], {
        error: /id_ed25519 is the private key; it stays here/,
        hint: /Use .*id_ed25519\.pub/,
        code: 'bad-key',
      }))

    test('a public key in UTF-16, as PowerShell writes it', async () => {
      const file = `${operator.home}/utf16.pub`
      writeFileSync(file, Buffer.from(`\ufeff${operator.keyLine}\n`, 'utf16le'))
      await assertRefused([...hardening(), '--user', 'anna', '--key', file], {
        error: /utf16\.pub is UTF-16 \(PowerShell ">"\)/,
        hint: /ssh-keygen -y, save as ASCII/,
        code: 'bad-key',
      })
    })

    test('a name that everybody guesses', () =>
      assertRefused([...hardening(), '--user', 'admin', '--key', operator.key], {
        error: /"admin" is a default name/,
        hint: /Take one nobody guesses/,
        code: 'default-name',
      }))

    test('a port that something else needs', () =>
      assertRefused([...hardening(), '--user', 'anna', '--key', operator.key, '--new-port', '443'], {
        error: /Port 443 is needed for HTTPS/,
        hint: /Choose another/,
        code: 'needed-port',
      }))

    test('a lease too short, a danger and a kind of sudo that are none', async () => {
      const words = [...hardening(), ...anna()]
      await assertRefused([...words, '--lease', '4'], { error: /--lease 4 is not possible/, hint: /5 to 3600/ })
      await assertRefused([...words, '--allow', 'all'], { error: /no --allow all/, hint: /others-cut-off/ })
      await assertRefused([...words, '--sudo', 'maybe'], { error: /no --sudo maybe/, hint: /password, nopasswd/ })
      await assertRefused([...words, '--prove-also', 'web'], { error: /--prove-also web/, hint: /HOST:PORT/ })
    })

    test('a file for the sudo password that exists already', () =>
      assertRefused([...hardening(), '--user', 'anna', '--key', operator.key, '--save-sudo-password', operator.key], {
        error: /id_ed25519\.pub exists already/,
        hint: /nothing is overwritten/,
        code: 'file-exists',
      }))

    test('a target that would be an option of ssh', () =>
      assertRefused(['audit', '--', '-oProxyCommand=true'], { error: /is not a target/, hint: /user@host/ }))
  })

  describe('on the way to the server', { concurrency: false }, () => {
    test('a host that does not answer', () =>
      assertRefused(['audit', 'root@127.0.0.1', '-p', '9', ...operator.files], {
        error: /127\.0\.0\.1 does not answer on port 9$/,
        hint: /Is it running\? Other port: -p N/,
        code: 'unreachable',
      }))

    test('a name that nobody knows', () =>
      assertRefused(['audit', 'root@nobody.invalid', ...operator.files], {
        error: /The name nobody\.invalid cannot be resolved/,
        hint: /A typo\?/,
        code: 'unknown-host',
      }))

    test('an unknown host key without a terminal names the option to pass', () =>
      assertRefused(['audit', ...to('root')], {
        error: /no terminal.*host key/,
        hint: new RegExp(`--host-key ${print.replace(/[+/]/g, '\\$&')}$`),
        code: 'cannot-ask',
        host,
      }))

    test('a host key that is not the one given', () =>
      assertRefused(['audit', ...to('root'), '--host-key', `SHA256:${'A'.repeat(43)}`], {
        error: new RegExp(`The server's host key is not the one given: ${print.replace(/[+/]/g, '\\$&')}`),
        hint: /Do not log in/,
        code: 'host-key-differs',
        host,
      }))

    test('a host key that can be none', () =>
      assertRefused(['audit', ...to('root'), '--host-key', 'MD5:aa:bb'], {
        error: /--host-key MD5:aa:bb is no fingerprint/,
        hint: /SHA256:/,
        code: 'bad-option',
      }))

    test('a host key that has changed since', async () => {
      const file = `${operator.home}/changed`
      writeFileSync(file, `${host.ip4} ${operator.keyLine}\n`)
      const words = ['audit', `root@${host.ip4}`, '-i', operator.key, '-o', `UserKnownHostsFile=${file}`]
      await assertRefused(words, {
        error: /The server's host key has changed/,
        hint: /riegel explain host-key/,
        code: 'host-key-changed',
        host,
      })
    })

    test('the wrong key', async () => {
      const files = [...operator.files.slice(2), '-i', `${operator.home}/.ssh/other`, '-o', 'IdentitiesOnly=yes']
      const words = ['audit', `root@${host.ip4}`, ...files, '-o', 'PasswordAuthentication=no', '--host-key', print]
      await assertRefused(words, {
        error: /Login refused: wrong password or key/,
        hint: /wait a minute/,
        code: 'login-refused',
        host,
      })
      // a server of today shuts an address out for a while after refusals: the next tests come from nobody's fault
      await sleep(12_000)
    })
  })

  describe('what the server does not allow', { concurrency: false }, () => {
    test('somebody whose sudo password is not known: audit looks without root, harden refuses', async () => {
      const looked = await operator.riegel(['audit', ...known('carl'), '--format', 'json'])
      assert.equal(looked.code, 1, looked.stderr)
      assert.equal(report(looked).lookedAs.root, false)
      assert.match(report(looked).lookedAs.because?.en ?? '', /sudo password missing/)
      assert.equal(verdict(report(looked), 'passwords/empty'), 'unknown')
      const read = await operator.riegel(['audit', ...known('carl'), '--lang', 'de'])
      assert.equal(read.code, 1, read.stderr)
      assert.match(read.stdout, /^Hinweis: ohne root angesehen \(.*sudo.*\)\.\n/)
      await assertRefused([...hardening('carl'), ...anna()], {
        error: /Cannot ask \(no terminal\): the sudo password missing/,
        hint: /--sudo-password-file FILE/,
        code: 'cannot-ask',
        host,
        reached: true,
      })
    })

    test('somebody whose sudo refuses: the same, and named', async () => {
      const file = `${operator.home}/bert-password`
      writeFileSync(file, 'q3wk.n8xd\n', { mode: 0o600 })
      const looked = await operator.riegel(['audit', ...known('bert'), '--sudo-password-file', file, '--lang', 'de'])
      assert.equal(looked.code, 1, looked.stderr)
      assert.match(looked.stdout, /^Hinweis: ohne root angesehen \(sudo abgelehnt\)\.\n/)
      await assertRefused([...hardening('bert'), ...anna(), '--sudo-password-file', file], {
        error: /bert may not become root there/,
        hint: /Log in as root or set up sudo/,
        code: 'no-root',
        host,
        reached: true,
      })
    })

    test('a sudo password that is wrong', async () => {
      const file = `${operator.home}/wrong-password`
      writeFileSync(file, 'wrong\n', { mode: 0o600 })
      await assertRefused([...hardening('carl'), ...anna(), '--sudo-password-file', file], {
        error: /carl: sudo does not take this password/,
        hint: /--sudo-password-file FILE/,
        host,
        reached: true,
      })
    })

    test('history and undo without root', async () => {
      const refusal: Refusal = { error: /the sudo password missing/, hint: /--sudo-password-file FILE/, host }
      await assertRefused(['history', ...known('carl')], refusal)
      await assertRefused(['undo', ...known('carl'), '--yes'], refusal)
    })

    test('a password that must be changed first', async () => {
      await host.must('chage -d 0 carl')
      await assertRefused(['audit', ...known('carl')], {
        error: /The password on the server must be changed first/,
        hint: /ssh -t .*carl@/,
        code: 'password-expired',
      })
      await host.must('chage -d "$(date +%F)" carl')
    })
  })

  describe('what only a person can say', { concurrency: false }, () => {
    test('a missing name, a missing key', async () => {
      await assertRefused([...hardening(), '--key', operator.key], {
        error: /Cannot ask \(no terminal\): name missing/,
        hint: /--user NAME/,
        code: 'cannot-ask',
        host,
        reached: true,
      })
      await assertRefused([...hardening(), '--user', 'anna'], {
        error: /Cannot ask \(no terminal\): key missing/,
        hint: /--key FILE\.pub/,
        code: 'cannot-ask',
        host,
        reached: true,
      })
    })

    test('no place for the sudo password', () =>
      assertRefused([...hardening(), '--user', 'anna', '--key', operator.key], {
        error: /a file for the sudo password/,
        hint: /--save-sudo-password FILE/,
        code: 'cannot-ask',
        host,
        reached: true,
      }))

    test('a danger that was not allowed by name', () =>
      assertRefused(
        [
          'harden',
          ...known('root'),
          '--yes',
          '--skip',
          'upkeep',
          '--user',
          'dora',
          '--key',
          operator.key,
          '--sudo',
          'nopasswd',
        ],
        { error: /^Error: \S/, hint: /--allow (no-console|others-cut-off)/, code: 'refused', host, reached: true },
      ))

    test('the plan itself, without --yes', () =>
      assertRefused(['harden', ...known('root'), ...anna(), ...allowing], {
        error: /consent to the plan missing/,
        hint: /--yes/,
        code: 'cannot-ask',
        host,
        reached: true,
      }))
  })

  describe('what the server cannot take', { concurrency: false }, () => {
    let full: Host
    let words: readonly string[]

    before(async () => {
      // attributes and a disk that can be full want a filesystem of their own
      full = await lab.host({ suite: 'trixie', disk: 'ext4', setup: byKey(operator.keyLine) })
      words = ['harden', ...to('root', full), '--host-key', await fingerprint(full), '--yes', ...allowing, ...anna()]
    })
    after(() => full.stop())

    test('a folder, or a file, that is immutable', async () => {
      const refused = async (path: string) => {
        await full.immutable(path, true)
        // the attribute counts as a change of the folder, and what sshd has not read since is refused before that
        await full.must('systemctl reload ssh')
        await assertRefused(words, {
          error: new RegExp(`${path} (is immutable|cannot be written)`),
          hint: /Nothing was changed on the server/,
          code: 'refused',
          host: full,
          reached: true,
        })
        await full.immutable(path, false)
      }
      await refused('/etc/ssh/sshd_config.d')
      await full.must(': >/etc/ssh/sshd_config.d/00-riegel.conf')
      await refused('/etc/ssh/sshd_config.d/00-riegel.conf')
      await full.must('rm /etc/ssh/sshd_config.d/00-riegel.conf && systemctl reload ssh')
    })

    test('a full disk', async () => {
      await full.fillDisk()
      await assertRefused(words, {
        error: /No space left/,
        hint: /Make room first/,
        code: 'refused',
        host: full,
        reached: true,
      })
      await full.freeDisk()
    })

    test('a read-only /etc', async () => {
      await host.readOnlyEtc(true)
      await assertRefused([...hardening(), ...anna()], {
        error: /\/etc cannot be written/,
        hint: /mount/,
        code: 'refused',
        host,
        reached: true,
      })
      await host.readOnlyEtc(false)
    })
  })

  describe('a plan that was approved', { concurrency: false }, () => {
    let was: Snapshot

    const planned = async (more: readonly string[]): Promise<Plan> => {
      const words = ['harden', ...known('root'), ...allowing, '--plan', '--format', 'json']
      const result = await operator.riegel([...words, ...more])
      assert.equal(result.code, 0, result.stderr)
      return planSchema.parse(JSON.parse(result.stdout))
    }

    test('the same choices give the same digest, and showing it changes nothing', async () => {
      const was = await snapshot(host)
      const [one, two] = [await planned(anna()), await planned(anna())]
      assert.equal(one.digest, two.digest)
      assert.notEqual(
        one.digest,
        (await planned([...anna().slice(0, -4), '--new-port', '302', '--sudo', 'nopasswd'])).digest,
      )
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })

    test('one that is not the plan of now is refused; the approved one is what happens', async () => {
      const plan = await planned(anna())
      const touched = plan.files.find(file => file.path.startsWith('/etc/sudoers.d/'))?.path
      assert.ok(touched, 'the plan gives anna sudo')
      await host.must(`echo '# somebody was here' >${touched} && chmod 440 ${touched}`)
      await assertRefused([...hardening(), ...anna(), '--plan-digest', plan.digest], {
        error: /not the plan that was approved/,
        hint: /riegel harden TARGET --plan/,
        code: 'refused',
        host,
        reached: true,
      })
      const { digest } = await planned(anna())
      was = await snapshot(host)
      const result = await operator.riegel([...hardening(), ...anna(), '--plan-digest', digest, '--format', 'json'])
      assert.equal(result.code, 0, result.stderr)
      assert.equal(outcome(result).state, 'confirmed')
      await assertBolted(operator, host, 301)
    })

    test('the same for taking back', async () => {
      const words = ['undo', ...known('anna'), '-p', '301']
      const shown = await operator.riegel([...words, '--plan', '--format', 'json'])
      assert.equal(shown.code, 0, shown.stderr)
      const plan = JSON.parse(shown.stdout) as { schema: string; digest: string; ports: { after: number[] } }
      assert.equal(plan.schema, 'riegel.undo-plan/1')
      assert.deepEqual(plan.ports.after, [22])
      await assertRefused([...words, '--yes', '--plan-digest', plan.digest.replace(/^../, 'zz')], {
        error: /not the plan that was approved/,
        hint: /riegel undo TARGET --plan/,
        code: 'refused',
        host,
        reached: true,
      })
      await assertRefused(words, { error: /consent missing/, hint: /--yes/, code: 'cannot-ask', host, reached: true })
      const result = await operator.riegel([...words, '--yes', '--plan-digest', plan.digest, '--format', 'json'])
      assert.equal(result.code, 0, result.stderr)
      assert.equal(outcome(result).state, 'confirmed')
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })
  })

  describe('a second run at the same time', { concurrency: false }, () => {
    const armed = (on: Host): boolean => {
      const root = `${on.rootPath}/var/lib/riegel`
      return existsSync(root) && readdirSync(root).some(name => existsSync(`${root}/${name}/armed`))
    }

    test('is refused by since when and from where; the first goes on to its end', async () => {
      await host.reset()
      const first = operator.startRiegel([...hardening(), ...anna(), '--format', 'json'])
      const deadline = Date.now() + 30_000
      while (!armed(host) && Date.now() < deadline) await sleep(5)
      // the first holds its breath, so that the second finds it at work however long it takes itself
      first.kill('SIGSTOP')
      assert.ok(armed(host), 'the first run was caught while it was guarded')
      await assertRefused([...hardening(), ...anna()], {
        error: new RegExp(`Riegel is already at work there \\(since \\d\\d:\\d\\d.*, from ${lab.ip4}\\)`),
        hint: /Wait, or: riegel history/,
        code: 'refused',
        host,
        reached: true,
      })
      first.kill('SIGCONT')
      const result = await first.done
      assert.equal(result.code, 0, result.stderr)
      assert.equal(outcome(result).state, 'confirmed')
      await assertBolted(operator, host, 301)
    })
  })
})
