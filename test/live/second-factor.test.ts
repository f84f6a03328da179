// A second factor from nothing to a proven login with key and code, on real sshd and PAM; the codes of the tests are made
// by oathtool, so that Riegel's own arithmetic is not its only witness.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { fieldOf, rootGroup } from '../../src/vault/entry.js'
import { open } from '../../src/vault/read.js'
import { elements, textOf } from '../../src/vault/xml.js'
import { passwordFile } from '../fixtures/keepass.js'
import { credentials, password as vaultPassword } from '../fixtures/vault.js'
import { closed } from './closed.js'
import type { Host, Lab, Result, Suite } from './lab/index.js'
import { difference, snapshot } from './lab/index.js'
import { execute } from './lab/tools.js'
import {
  fingerprint,
  live,
  needOathtool,
  type Operator,
  outcome,
  report,
  verdict,
  type Workplace,
  withUser,
  workplace,
} from './support.js'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const period = 30_000

const oathtool = (base32: string, later = 0): string => {
  const when = new Date(Date.now() + later).toISOString().replace('T', ' ').slice(0, 19)
  return execFileSync('oathtool', ['--totp', '-b', base32, '-N', `${when} UTC`], { encoding: 'utf8' }).trim()
}
/** What a person types who reads it off the phone; `later`: who waited for the next one (the server takes it early). */
const shown = (base32: string, later = 0): string => `${oathtool(base32, later)}\r`

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
/** The first moment of the next thirty seconds: the module takes no code twice. */
const nextPeriod = (): Promise<void> => sleep(period - (Date.now() % period) + 300)

/** A secret as it could be written down somewhere: as it is (so is URL-encoding), in base64 at each of three offsets, in hex. */
const forms = (words: string): Buffer[] => {
  // those characters that nothing before or behind it has a part in
  const inBase64 = [0, 1, 2].map(at =>
    Buffer.from(`${' '.repeat(at)}${words}`)
      .toString('base64')
      .slice(Math.ceil((at * 8) / 6), Math.floor(((at + words.length) * 8) / 6)),
  )
  const hex = Buffer.from(words).toString('hex')
  return [words, ...inBase64, hex, hex.toUpperCase()].map(one => Buffer.from(one))
}

/** Watches argument lists and environments of every process of both sides, until it is asked what it saw. */
const watchProcesses = (wanted: readonly Buffer[], codes: readonly string[]): (() => string[]) => {
  // six digits inside of a longer number or a hash are chance
  const code = new RegExp(`(?<![0-9a-f])(?:${codes.join('|')})(?![0-9a-f])`)
  const seen = new Set<string>()
  const look = () => {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name) && name !== String(process.pid)))
      for (const what of ['cmdline', 'environ'])
        try {
          const words = readFileSync(`/proc/${pid}/${what}`)
          if (wanted.some(one => words.includes(one)) || code.test(words.toString('latin1')))
            seen.add(`${what}: ${words.toString('utf8').slice(0, 200)}`)
        } catch {
          // it has ended
        }
  }
  const timer = setInterval(look, 25)
  return () => {
    clearInterval(timer)
    return [...seen]
  }
}

const groups: readonly { readonly suite: Suite; readonly by: 'options' | 'a person' | 'options, and switched off' }[] =
  [
    { suite: 'trixie', by: 'options' },
    { suite: 'bookworm', by: 'options' },
    { suite: 'trixie', by: 'a person' },
    { suite: 'trixie', by: 'options, and switched off' },
  ]

// they wait for codes most of the time: all at once
describe('second factor', { ...live, concurrency: groups.length + 2 }, () => {
  closed()
  for (const [at, { suite, by }] of groups.entries())
    describe(`on ${suite}, by ${by}`, { concurrency: false }, () => {
      let place: Workplace
      let lab: Lab
      let operator: Operator
      let host: Host
      let file: string
      let words: readonly string[]

      before(async () => {
        await needOathtool()
        place = await workplace(`second-factor-${at}`)
        ;({ lab, operator } = place)
        host = await lab.host({
          suite,
          setup: `${withUser('anna', operator.keyLine, 'NOPASSWD: ALL', 'kx7m.f3ta')}${withUser('otto', operator.keyLine, 'NOPASSWD: ALL')}
printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication no\\nPermitRootLogin no\\n' >/etc/ssh/sshd_config.d/10-shut.conf\n`,
        })
        file = `${operator.home}/secret`
        writeFileSync(file, `${secret}\n`, { mode: 0o600 })
        words = [`anna@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host), '--lang', 'en']
      })
      after(() => place.close())

      const login = (code: string | null, user = 'anna'): Promise<Result> =>
        operator.sshWithCode(host, user, code, 'sudo -n id -u')
      const getsIn = async (code: string | null, user = 'anna'): Promise<boolean> => {
        const { code: status, stdout } = await login(code, user)
        return status === 0 && stdout.trim() === '0'
      }
      const setUp = (...more: readonly string[]): Promise<Result> =>
        operator.riegel(
          ['second-factor', ...words, '--totp-secret-file', file, '--yes', '--allow', 'no-console', ...more],
          300_000,
        )
      const undo = (...more: readonly string[]): Promise<Result> =>
        operator.riegel(['undo', ...words, '--totp-secret-file', file, '--yes', ...more], 300_000)

      const asAPerson = (): void => {
        /** Scans, types, keeps the recovery codes, agrees, and reads off codes as they are asked for; gives the new secret. */
        const enrol = async (more: readonly string[], old?: string): Promise<{ secret: string; output: string }> => {
          let scanned = ''
          const read = (output: string): string => {
            scanned = /Or type: ([A-Z2-7 ]+)/.exec(output)?.[1]?.replaceAll(' ', '') ?? scanned
            return scanned
          }
          const { code, output } = await operator.type(
            ['second-factor', ...words, '--except', 'otto', '--allow', 'no-console', ...more],
            [
              { expect: /Verification code: /, send: () => shown(old ?? 'nobody has one yet') },
              { expect: /nothing changes yet\): /, send: said => shown(read(said)) },
              {
                expect: /last four digits: /,
                send: said => `${/Recovery codes[\s\S]*?((?:\d{4} \d{4} *)+)/.exec(said)![1]!.trim().slice(-4)}\r`,
              },
              { expect: /Apply\? \(yes \/ no \/ lines \/ change\) /, send: 'yes\r' },
              { expect: /for the next login\): /, send: said => shown(read(said)) },
              { expect: /Wait for the next code: /, send: said => shown(read(said), period) },
            ],
            300_000,
          )
          assert.equal(code, 0, output)
          // the next one was typed already
          await nextPeriod()
          await nextPeriod()
          return { secret: scanned, output }
        }

        test('on a terminal: scanned, typed, proven by codes that a person reads off', async () => {
          const { secret: scanned, output } = await enrol(['--qr-file', `${operator.home}/code.svg`])
          assert.match(
            output,
            /Logging in now takes key and code[\s\S]*The secret is still in \S*code\.svg\. Once it is scanned/,
          )
          writeFileSync(file, `${scanned}\n`)
          assert.ok(await getsIn(oathtool(scanned)))
        })

        test('a new phone: the old secret counts no more, and not after undo either', async () => {
          const old = readFileSync(file, 'utf8').trim()
          await nextPeriod()
          const { secret: scanned } = await enrol(['--no-qr'], old)
          assert.ok(!(await getsIn(oathtool(old))), 'the old phone')
          assert.ok(await getsIn(oathtool(scanned)), 'the new one')
          writeFileSync(file, `${scanned}\n`)
          const back = await undo('--lang', 'en')
          assert.equal(back.code, 0, back.stdout + back.stderr)
          await nextPeriod()
          assert.ok(!(await getsIn(oathtool(old))), 'it may be in other hands')
          assert.ok(await getsIn(oathtool(scanned)), 'the new one still')
        })
      }

      const switchedOff = (): void => {
        test('switched off: by riegel second-factor --disable', async () => {
          const on = await setUp('--except', 'otto', '--recovery-codes-file', `${operator.home}/codes`)
          assert.equal(on.code, 0, on.stdout + on.stderr)
          await nextPeriod()
          const off = await operator.riegel(
            ['second-factor', '--disable', ...words, '--totp-secret-file', file, '--yes'],
            300_000,
          )
          assert.equal(off.code, 0, off.stdout + off.stderr)
          assert.ok(await getsIn(null))
          assert.match(await host.must('cat /etc/pam.d/sshd'), /^@include common-auth$/m)
          const again = await operator.riegel(['second-factor', '--disable', ...words, '--yes', '--format', 'json'])
          assert.equal(outcome(again).state, 'nothing-to-do', again.stderr)
        })

        test('that undone: the code is asked for again, and the old way is proven with it', async () => {
          const was = await snapshot(host)
          const without = await operator.riegel(['undo', ...words, '--yes'])
          assert.equal(without.code, 2, without.stdout + without.stderr)
          assert.match(without.stderr, /a code from the app missing\nHint: --totp-secret-file FILE/)
          assert.deepEqual(difference(was, await snapshot(host)), [], 'nothing is begun that could not be proven')
          const back = await undo()
          assert.equal(back.code, 0, back.stdout + back.stderr)
          assert.ok(!(await getsIn(null)))
        })

        test('one command right after the other: the code that was used is not used again', async () => {
          for (const command of ['audit', 'history', 'history']) {
            const done = await operator.riegel([command, ...words, '--totp-secret-file', file], 120_000)
            assert.ok([0, 1].includes(done.code ?? -1), done.stdout + done.stderr)
            // nothing is listed that is not there
            if (command === 'history') assert.doesNotMatch(done.stdout, /\n *\n/)
          }
        })
      }
      if (by === 'a person') return asAPerson()
      if (by !== 'options') return switchedOff()

      test('whoever else can log in is named, and nothing is begun without a word on them', async () => {
        const was = await snapshot(host)
        const { code, stderr } = await setUp('--recovery-codes-file', `${operator.home}/never`)
        assert.equal(code, 2, stderr)
        assert.match(stderr, /will no longer get in: otto/)
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })

      test('a wrong file, a missing place for the recovery codes: one line, a hint, nothing changed', async () => {
        writeFileSync(`${operator.home}/bad`, 'no secret\n')
        for (const more of [
          ['--totp-secret-file', `${operator.home}/bad`, '--recovery-codes-file', `${operator.home}/r`],
          ['--totp-secret-file', file],
          ['--totp-secret-file', file, '--recovery-codes-file', file],
        ]) {
          const { code, stderr } = await operator.riegel([
            'second-factor',
            ...words,
            '--yes',
            '--except',
            'otto',
            '--allow',
            'no-console',
            ...more,
          ])
          assert.equal(code, 2, stderr)
          assert.equal(stderr.trimEnd().split('\n').length, 2, stderr)
        }
        assert.ok(await getsIn(null), 'a key still does')
      })

      test('set up, proven, and undone: key and code, and nothing but the two', async () => {
        // the package stays: it was added
        await host.must('apt-get -qq install -y --no-install-recommends libpam-google-authenticator >/dev/null')
        const was = await snapshot(host)
        const codes = `${operator.home}/codes`
        const vault = `${operator.home}/own.kdbx`
        const into = [
          '--vault',
          vault,
          '--password-file',
          passwordFile(`${operator.home}/vault-password`, vaultPassword),
        ]
        const began = Math.floor(Date.now() / 1000)
        const all = Array.from({ length: 12 }, (_, n) => oathtool(secret, n * period))
        const processes = watchProcesses(forms(secret), all)
        const done = await setUp('--except', 'otto', '--recovery-codes-file', codes, ...into, '--format', 'json')
        assert.deepEqual(processes(), [], 'secret and codes are in no argument list and no environment')
        assert.equal(done.code, 0, done.stdout + done.stderr)
        const entries = elements(rootGroup(await open(readFileSync(vault), credentials)), 'Entry')
        const said = (name: string) => textOf(fieldOf(entries[0]!, name))
        assert.ok(
          entries.length === 1 && said('otp').includes(`secret=${secret}&`),
          'the secret, as KeePassXC reads it',
        )
        const digits = readFileSync(codes, 'utf8')
          .replace(/[^\d\n]/g, '')
          .trim()
        assert.ok(said('Notes').replaceAll(' ', '').includes(digits), 'and the recovery codes')
        assert.equal(outcome(done).state, 'confirmed')
        assert.equal(
          verdict(outcome(done).after!, 'second-factor/ssh'),
          'fail',
          'otto goes on with one factor, visibly',
        )
        assert.deepEqual(
          outcome(done)
            .after!.findings.find(f => f.rule === 'second-factor/ssh')!
            .problems.map(p => p.key),
          ['otto'],
        )

        const bare = await login(null)
        assert.match(bare.stderr, /Permission denied \(keyboard-interactive\)/, 'the key alone is not enough')
        assert.ok(await getsIn(null, 'otto'), 'the exception holds')
        await nextPeriod()
        assert.ok(!(await getsIn('000000')), 'a wrong code')
        assert.ok(await getsIn(oathtool(secret)), 'and the owner gets in afterwards')
        await nextPeriod()
        const recovery = readFileSync(codes, 'utf8').trim().split('\n')
        assert.equal(recovery.length, 5)
        for (const words of [secret, ...recovery]) {
          const patterns = forms(words).flatMap(one => ['-e', one.toString()])
          const where = ['/etc', '/var', '/root', '/home', '/tmp', '/run', '/usr/local'].map(
            path => `${host.rootPath}${path}`,
          )
          // eight digits stand in many a file by chance: such a code is looked for in what was written since
          const since = words === secret ? [] : ['-newerct', `@${began}`]
          const left = await execute([
            ...['find', ...where, operator.home, '-type', 'f', ...since],
            ...['-exec', 'grep', '-laF', ...patterns, '{}', '+'],
          ])
          const files = left.stdout
            .trim()
            .split('\n')
            .filter(name => name !== '' && name !== codes && name !== file)
          assert.deepEqual(files, [`${host.rootPath}/var/lib/second-factor/anna`])
          assert.ok(!forms(words).some(one => `${done.stdout}${done.stderr}`.includes(one.toString())))
          const told = await host.sh(
            `journalctl -o export --no-pager | grep -av '^__\\|^_SOURCE_' | grep -caF ${patterns.join(' ')}`,
          )
          assert.equal(told.stdout.trim(), '0', 'nor in the journal')
        }
        assert.ok(await getsIn(recovery[0]!), 'a recovery code')
        assert.ok(!(await getsIn(recovery[0]!)), 'but once')

        await host.reboot({ port: 22 })
        await nextPeriod()
        assert.ok(await getsIn(oathtool(secret)), 'after a reboot')
        assert.ok(!(await getsIn(null)))

        await nextPeriod()
        const audit = await operator.riegel([
          'audit',
          ...words,
          '--totp-secret-file',
          file,
          '--only',
          'second-factor/ssh',
          '--format',
          'json',
        ])
        assert.equal(verdict(report(audit), 'second-factor/ssh'), 'fail', audit.stderr)

        await nextPeriod()
        const back = await undo()
        assert.equal(back.code, 0, back.stdout + back.stderr)
        assert.ok(await getsIn(null), 'the key alone does again')
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })
    })
})
