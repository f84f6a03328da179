// A security key with its PIN, from nothing to a proven login. The key is a software authenticator (OpenSSH's own, of its
// tests); sshd judges its signatures as it would those of a device.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { makeToken, type Token } from '../fixtures/token/index.js'
import type { Host, Result, Suite } from './lab/index.js'
import { difference, snapshot } from './lab/index.js'
import { execute } from './lab/tools.js'
import {
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

const pin = '493-kq7m'
// bullseye's sshd calls the list of key types that count by its old name
const suites: readonly Suite[] = ['trixie', 'bookworm', 'bullseye']

describe('hardware key', live, () => {
  for (const suite of suites)
    describe(suite, { concurrency: false }, () => {
      let place: Workplace
      let operator: Operator
      let host: Host
      let token: Token
      let words: readonly string[]
      let missing = ''

      before(async () => {
        place = await workplace(`hardware-key-${suite}`)
        operator = place.operator
        const made = await makeToken(operator.home)
        if ('missing' in made) {
          missing = made.missing
          return
        }
        token = made
        host = await place.lab.host({
          suite,
          setup: `${withUser('anna', operator.keyLine, 'NOPASSWD: ALL', 'kx7m.f3ta')}${withUser('otto', operator.keyLine, 'NOPASSWD: ALL')}
printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication no\\nPermitRootLogin no\\n' >/etc/ssh/sshd_config.d/10-shut.conf\n`,
        })
        words = [
          // by its name it has two addresses, and both are proven
          ...[
            `anna@${suite === 'bookworm' ? host.name : host.ip4}`,
            ...operator.files,
            '-o',
            `SecurityKeyProvider=${token.provider}`,
          ],
          ...['--host-key', await fingerprint(host), '--lang', 'en'],
        ]
        for (const [name, more] of [
          ['sk', ['-O', 'verify-required']],
          ['bare', []],
        ] as const) {
          const key = ['ssh-keygen', '-q', '-t', 'ed25519-sk', ...more, '-N', '', '-f', `${operator.home}/${name}`]
          const done = await execute(key, { env: { ...token.env(), SSH_SK_PROVIDER: token.provider } })
          assert.equal(done.code, 0, done.stderr)
        }
      })
      after(() => place.close())

      const run = (argv: readonly string[], is: Parameters<Token['env']>[0] = {}): Promise<Result> =>
        place.lab.run(operator.argv(argv), { env: { ...operator.env, ...token.env(is) }, timeoutMs: 300_000 })
      const sk = () => ['-i', `${operator.home}/sk`]
      const setUp = (more: readonly string[], is: Parameters<Token['env']>[0] = {}): Promise<Result> =>
        run(['second-factor', '--hardware-key', ...words, '--yes', '--allow', 'no-console', ...more], is)
      const login = (key: string, user = 'anna'): Promise<Result> =>
        place.lab.run(
          [
            ...['ssh', '-F', 'none', '-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
            ...['-o', `SecurityKeyProvider=${token.provider}`, '-o', 'StrictHostKeyChecking=no'],
            ...['-o', `UserKnownHostsFile=${operator.home}/.ssh/known_hosts`, `${user}@${host.ip4}`, 'sudo -n id -u'],
          ],
          { env: { ...operator.env, ...token.env() }, timeoutMs: 60_000 },
        )
      const getsIn = async (key: string, user = 'anna'): Promise<boolean> => {
        const { code, stdout } = await login(key, user)
        return code === 0 && stdout.trim() === '0'
      }
      const ordinary = () => `${operator.home}/.ssh/id_ed25519`

      test('what cannot be is said in a line and a hint, and nothing is changed', async t => {
        if (missing !== '') return t.skip(missing)
        const was = await snapshot(host)
        const key = ['--key', `${operator.home}/sk.pub`]
        const except = ['--except', 'otto']
        for (const [more, says, is] of [
          [[...key], /With one factor alone would still get in: otto\nHint: .*--except otto/],
          [[...except], /security key missing\nHint: --key FILE\.pub/],
          [[...except, '--key', operator.key], /is not kept by a security key \(ssh-ed25519\)/],
          [[...except, ...key, '--totp'], /--totp belongs to a code/],
          [[...except, '--key', `${operator.home}/bare.pub`], /bare\.pub asks for no PIN; whoever finds/],
          [[...except, ...key], /No security key was found/, { away: true }],
          [[...except, ...key], /The PIN is missing or not right; nothing was changed/, { pin }],
        ] as const) {
          const { code, stderr } = await setUp(more, is)
          assert.equal(code, 2, stderr)
          assert.match(stderr, says)
          const [error, hint] = stderr.trimEnd().split('\n').slice(-2)
          assert.ok(error?.startsWith('Error: ') && hint?.startsWith('Hint: '), stderr)
        }
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })

      test('set up, proven, and undone: the security key with its PIN, and no other key', async t => {
        if (missing !== '') return t.skip(missing)
        const was = await snapshot(host)
        token.touches()
        const done = await setUp(['--key', `${operator.home}/sk.pub`, '--except', 'otto', '--format', 'json'])
        assert.equal(done.code, 0, done.stdout + done.stderr)
        assert.equal(outcome(done).state, 'confirmed')
        assert.equal(token.touches(), 3, 'tried once, proven twice')
        if (suite === 'bookworm') {
          // by the name, not by the unit: journald finds none for a process that has ended before it looked
          const other = await host.must(
            'journalctl -t sshd -t sshd-session --no-pager | grep -c "authenticating user anna [0-9a-f]*:"',
          )
          assert.ok(Number(other) >= 2, 'over the second address as far as nobody has to touch it')
        }
        const found = outcome(done).after!.findings.find(({ rule }) => rule === 'second-factor/ssh')!
        assert.deepEqual(
          found.problems.map(({ key }) => key),
          ['otto'],
          'otto goes on with one factor, visibly',
        )

        assert.ok(await getsIn(`${operator.home}/sk`))
        const alone = await login(ordinary())
        assert.match(alone.stderr, /Permission denied \(publickey\)/, 'the key in a file counts no more')
        assert.match(await host.must('cat /home/anna/.ssh/authorized_keys'), /^ssh-ed25519 /m, 'and stays where it is')
        assert.ok(await getsIn(ordinary(), 'otto'), 'the exception holds')

        // the judge: a signature that says no PIN was given
        const bare = readFileSync(`${operator.home}/bare.pub`, 'utf8').trim()
        await host.must(`echo '${bare}' >>/home/anna/.ssh/authorized_keys`)
        const unverified = await login(`${operator.home}/bare`)
        assert.match(unverified.stderr, /Permission denied \(publickey\)/)
        const said = await host.must(
          'journalctl -t sshd -t sshd-session --no-pager | grep -F "user verification requirement not met"',
        )
        assert.match(said, /signature for anna .* rejected/, 'it signed, and was refused for what it signed')
        await host.must(`sed -i '\\|${bare.split(' ')[1]}|d' /home/anna/.ssh/authorized_keys`)

        await host.reboot({ port: 22 })
        assert.ok(await getsIn(`${operator.home}/sk`), 'after a reboot')
        assert.ok(!(await getsIn(ordinary())))

        const audit = await run(['audit', ...words, ...sk(), '--only', 'second-factor', '--format', 'json'])
        assert.deepEqual(
          report(audit)
            .findings.find(({ rule }) => rule === 'second-factor/ssh')!
            .problems.map(({ key }) => key),
          ['otto'],
          audit.stderr,
        )

        const again = await run([
          ...['second-factor', '--hardware-key', ...words, ...sk(), '--yes', '--format', 'json'],
          ...['--key', `${operator.home}/sk.pub`, '--except', 'otto'],
        ])
        assert.equal(outcome(again).state, 'nothing-to-do', again.stderr)

        for (const end of ['', '.pub']) renameSync(`${ordinary()}${end}`, `${ordinary()}${end}.away`)
        const stranded = await run(['undo', ...words, ...sk(), '--yes'])
        for (const end of ['', '.pub']) renameSync(`${ordinary()}${end}.away`, `${ordinary()}${end}`)
        assert.equal(stranded.code, 2, stranded.stdout + stranded.stderr)
        assert.match(stranded.stderr, /no other key of the account is here/)

        const back = await run(['undo', ...words, ...sk(), '--yes'])
        assert.equal(back.code, 0, back.stdout + back.stderr)
        assert.match(back.stdout, /ssh -i \S*id_ed25519 /, 'by the key that proved it')
        assert.ok(await getsIn(ordinary()), 'every key counts again')
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })

      // the rest is the same on both
      if (suite !== 'trixie') return

      test('killed before the last touch: the server takes back, and every key counts again', async t => {
        if (missing !== '') return t.skip(missing)
        const was = await snapshot(host)
        const argv = operator.argv([
          ...['second-factor', '--hardware-key', ...words, '--yes', '--allow', 'no-console', '--lease', '8'],
          ...['--key', `${operator.home}/sk.pub`, '--except', 'otto', '--format', 'json'],
        ])
        const running = place.lab.start(argv, { env: { ...operator.env, ...token.env() }, timeoutMs: 120_000 })
        let said = ''
        running.child.stderr!.on('data', (words: Buffer) => {
          said += words.toString()
          if (said.includes('"narrowed"')) running.kill('SIGKILL')
        })
        await running.done
        assert.match(said, /"narrowed"/)
        assert.doesNotMatch(said, /"proven-again"/)
        const end = Date.now() + 60_000
        while (!(await getsIn(ordinary())) && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 2000))
        assert.ok(await getsIn(ordinary()))
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })

      test('on a terminal: a key is made, its PIN asked for once, and a wrong one more', async t => {
        if (missing !== '') return t.skip(missing)
        token.touches()
        const shown = new Set<string>()
        const watch = setInterval(() => {
          for (const id of readdirSync('/proc').filter(name => /^\d+$/.test(name)))
            try {
              const argv = readFileSync(`/proc/${id}/cmdline`, 'latin1')
              if (argv.includes(pin)) shown.add(argv)
            } catch {
              // it has ended
            }
        }, 25)
        const talk = await place.lab.pty(
          operator.argv(['second-factor', '--hardware-key', ...words, '--except', 'otto', '--allow', 'no-console']),
          [
            { expect: /Choice \[1\]: /, send: '\r' },
            { expect: /Enter PIN for authenticator: /, send: `${pin}\r` },
            { expect: /Enter passphrase .*: /, send: '\r' },
            { expect: /Enter same passphrase again: /, send: '\r' },
            { expect: /PIN of the security key .*: /, send: 'wrong\r' },
            { expect: /That was not it\.[\s\S]*PIN of the security key .*: /, send: `${pin}\r` },
            { expect: /Apply\? \(yes \/ no \/ lines \/ change\) /, send: 'yes\r' },
          ],
          { env: { ...operator.env, ...token.env({ pin }) }, timeoutMs: 300_000 },
        )
        clearInterval(watch)
        assert.deepEqual([...shown], [], 'in no argument list of either side')
        assert.equal(talk.code, 0, talk.output)
        assert.match(talk.output, /Logging in now takes the security key, its PIN and a touch/)
        assert.ok(!talk.output.includes(pin), 'a PIN is never shown')
        assert.equal(token.touches(), 3)
        assert.equal(
          talk.output.match(/Touch the security key now/g)?.length,
          4,
          'said before each, the wrong PIN included',
        )
        assert.ok(await getsIn(`${operator.home}/.ssh/id_ed25519_sk`))
        assert.ok(!(await getsIn(ordinary())))
        const kept = await execute([
          'grep',
          '-rlaF',
          '-e',
          pin,
          operator.home,
          `${host.rootPath}/var`,
          `${host.rootPath}/etc`,
        ])
        assert.equal(kept.stdout, '', 'nor kept in a file')
        const told = await host.sh(`journalctl -o export --no-pager | grep -caF -e '${pin}'`)
        assert.equal(told.stdout.trim(), '0', 'nor is it in the journal there')
      })

      test('looked at on a terminal: ssh itself asks for the PIN', async t => {
        if (missing !== '') return t.skip(missing)
        const own = ['-i', `${operator.home}/.ssh/id_ed25519_sk`]
        const talk = await place.lab.pty(
          operator.argv(['audit', ...words, ...own, '--only', 'second-factor/ssh']),
          [{ expect: /Enter PIN for ED25519-SK key .*: /, send: `${pin}\r` }],
          { env: { ...operator.env, ...token.env({ pin }) }, timeoutMs: 120_000 },
        )
        assert.equal(talk.code, 1, talk.output)
        assert.match(talk.output, /ssh waits for the security key/)
        assert.match(talk.output, /otto gets in with one factor alone/)
        assert.doesNotMatch(talk.output, /anna gets in/)
        const away = await run(['audit', ...words, ...own, '--only', 'second-factor/ssh'], { away: true })
        assert.match(away.stderr, /The security key is not plugged in\nHint: /)
      })

      test('a second one beside it; a code besides is refused; harden proves by it', async t => {
        if (missing !== '') return t.skip(missing)
        const own = ['-i', `${operator.home}/.ssh/id_ed25519_sk`]
        const second = await run([
          ...['second-factor', '--hardware-key', ...words, ...own, '--yes', '--allow', 'no-console'],
          ...['--key', `${operator.home}/sk.pub`, '--except', 'otto'],
        ])
        assert.equal(second.code, 0, second.stdout + second.stderr)
        assert.ok(await getsIn(`${operator.home}/sk`))
        assert.ok(await getsIn(`${operator.home}/.ssh/id_ed25519_sk`))

        const code = await run([
          'second-factor',
          ...words,
          ...own,
          '--yes',
          '--allow',
          'no-console',
          '--except',
          'otto',
        ])
        assert.equal(code.code, 2, code.stderr)
        assert.match(code.stderr, /anna logs in with a security key already/)

        const hardened = await run([
          ...['harden', ...words, ...own, '--yes', '--only', 'disclosure', '--only', 'keys/patient-login'],
          ...['--allow', 'no-console', '--format', 'json'],
        ])
        assert.equal(hardened.code, 0, hardened.stdout + hardened.stderr)
        assert.equal(outcome(hardened).state, 'confirmed')
        assert.equal(verdict(outcome(hardened).after!, 'keys/patient-login'), 'pass')
      })

      test('switched off: by riegel second-factor --disable', async t => {
        if (missing !== '') return t.skip(missing)
        const own = ['-i', `${operator.home}/.ssh/id_ed25519_sk`]
        const off = await run(['second-factor', '--disable', ...words, ...own, '--yes', '--allow', 'no-console'])
        assert.equal(off.code, 0, off.stdout + off.stderr)
        assert.ok(await getsIn(ordinary()), 'every key counts again')
        assert.doesNotMatch(await host.must('cat /etc/ssh/sshd_config.d/00-riegel.conf'), /Match User anna/)
        const again = await run(['second-factor', '--disable', ...words, '--yes', '--format', 'json'])
        assert.equal(outcome(again).state, 'nothing-to-do', again.stderr)
      })

      test('that taken back: the security key is demanded again, and proves it', async t => {
        if (missing !== '') return t.skip(missing)
        token.touches()
        const own = ['-i', `${operator.home}/.ssh/id_ed25519_sk`]
        const back = await place.lab.pty(
          operator.argv(['undo', ...words, ...own]),
          [
            { expect: /Take back\? \(yes\/no\) /, send: 'yes\r' },
            { expect: /PIN of the security key .*: /, send: `${pin}\r` },
          ],
          { env: { ...operator.env, ...token.env({ pin }) }, timeoutMs: 300_000 },
        )
        assert.equal(back.code, 0, back.output)
        assert.equal(token.touches(), 3, 'one to try it, and both proofs of the way back')
        assert.equal(back.output.match(/Touch the security key now/g)?.length, 3)
        assert.ok(!(await getsIn(ordinary())))
        assert.ok(await getsIn(`${operator.home}/.ssh/id_ed25519_sk`))
      })
    })
})
