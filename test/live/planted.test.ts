// Item 7 of the issue: what the peers overlook, all planted on one server. The audit names each; harden ends confirmed
// only if everything it claims passes then; else it refuses, or takes everything back, and names the rule.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Plan } from '../../src/model/plan.js'
import type { Report } from '../../src/model/report.js'
import { difference, type Host, type Lab, type Suite, snapshot } from './lab/index.js'
import type { Result } from './lab/tools.js'
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

const password = 'svc-kx7m.f3ta'

/** Six open doors, each of which looks shut from somewhere. */
const planted = (key: string): string => `${byKey(key)}
echo 'root:${password}' | chpasswd
printf 'PasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf
sed -i '/^KbdInteractiveAuthentication/d' /etc/ssh/sshd_config
printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication yes\\nMatch User svc\\n  PasswordAuthentication yes\\n' >>/etc/ssh/sshd_config
useradd -m -s /bin/bash bare && passwd -qd bare
useradd -m -s /bin/bash svc && echo 'svc:${password}' | chpasswd
${withUser('admin', key, 'NOPASSWD: ALL')}
printf '[sshd]\\nenabled = true\\nport = 2222\\n' >/etc/fail2ban/jail.d/port.local
`

const keysOf = (of: Report, rule: string): string[] =>
  (of.findings.find(one => one.rule === rule)?.problems ?? []).map(problem => problem.key).sort()

// mostly they wait: both at a time
describe('planted', { ...live, concurrency: 2 }, () => {
  for (const suite of ['trixie', 'bookworm'] as const satisfies Suite[])
    describe(`on ${suite}`, { concurrency: false }, () => {
      let place: Workplace
      let lab: Lab
      let operator: Operator
      let host: Host

      before(async () => {
        place = await workplace(`planted${suite}`)
        ;({ lab, operator } = place)
        host = await lab.host({ suite, layers: ['fail2ban'], setup: planted(operator.keyLine) })
      })
      after(() => place.close())

      const harden = async (more: readonly string[]): Promise<Result> =>
        operator.riegel([
          'harden',
          `root@${host.ip4}`,
          ...operator.files,
          '--host-key',
          await fingerprint(host),
          ...[
            '--yes',
            '--user',
            'anna',
            '--key',
            operator.key,
            '--new-port',
            '301',
            '--sudo',
            'nopasswd',
            '--lang',
            'en',
          ],
          // what installs packages or needs a mirror is not what this is about
          ...['upkeep/no-automatic-updates', 'upkeep/pending-security-updates'].flatMap(rule => ['--skip', rule]),
          ...more,
        ])

      test('audit names every one', async () => {
        const words = ['audit', `root@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host)]
        const result = await operator.riegel([...words, '--format', 'json', '--lang', 'en'])
        assert.equal(result.code, 1, result.stderr)
        const seen = report(result)
        const passwords = seen.findings.find(one => one.rule === 'keys/password-login')!
        assert.deepEqual(keysOf(seen, 'keys/password-login'), ['Match User svc', 'everyone'])
        const by = (key: string) => passwords.problems.find(problem => problem.key === key)!
        assert.deepEqual(by('everyone').where, { file: '/etc/ssh/sshd_config.d/50-cloud-init.conf', line: 1 })
        assert.equal(by('Match User svc').where?.file, '/etc/ssh/sshd_config')
        assert.deepEqual(keysOf(seen, 'keys/keyboard-interactive-password'), ['everyone'])
        assert.deepEqual(keysOf(seen, 'root/passwordless-sudo'), ['admin'])
        assert.deepEqual(keysOf(seen, 'names/default-login-account'), ['admin'])
        assert.deepEqual(keysOf(seen, 'upkeep/guard-asleep'), ['port'])
        assert.deepEqual(keysOf(seen, 'passwords/empty'), ['bare'])
        assert.deepEqual(keysOf(seen, 'passwords/lax-policy'), ['length'])
      })

      test('the exception, and whoever came in by it, goes only where that is allowed by name', async () => {
        assert.equal((await operator.password(host, 'svc', 22, password)).stdout.trim(), 'svc')
        const was = await snapshot(host)
        const result = await harden([])
        assert.equal(result.code, 2, result.stdout + result.stderr)
        assert.match(
          result.stderr,
          /Error: Whoever came in like this will no longer: svc \((password|keyboard-interactive\/pam), [\d.]+\), Match User svc/,
        )
        assert.match(result.stderr, /Hint: Allow knowingly: --allow others-cut-off/)
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })

      test('what a Match includes outranks the drop-in: refused, and the rule is named', async () => {
        const include = 'Match User svc\\n  Include /etc/ssh/svc.conf\\n'
        await host.must(`cp -p /etc/ssh/sshd_config /root/kept; printf 'PasswordAuthentication yes\\n' >/etc/ssh/svc.conf
sed -i '/^Match User svc/,$d' /etc/ssh/sshd_config; printf '${include}' >>/etc/ssh/sshd_config; systemctl reload ssh; sleep 0.3`)
        const was = await snapshot(host)
        const result = await harden(['--allow', 'others-cut-off'])
        assert.equal(result.code, 2, result.stdout + result.stderr)
        assert.match(result.stderr, /Error: keys\/password-login would not be met then: svc can log in with a password/)
        assert.deepEqual(difference(was, await snapshot(host)), [])
        await host.must('mv /root/kept /etc/ssh/sshd_config; rm /etc/ssh/svc.conf; systemctl reload ssh; sleep 0.3')
      })

      test('what only the running guard shows does not pass: taken back, and the rule is named', async () => {
        await host.must(
          "printf '[sshd]\\nport = 2222\\n' >/etc/fail2ban/jail.d/zzz-late.local; fail2ban-client -q reload >/dev/null",
        )
        const was = await snapshot(host)
        const result = await harden(['--allow', 'others-cut-off'])
        assert.equal(result.code, 3, result.stdout + result.stderr)
        assert.match(result.stderr, /upkeep\/guard-asleep would not be met then: .*shuts port 2222, SSH listens on 301/)
        assert.match(result.stderr, /You get in as before/)
        assert.deepEqual(difference(was, await snapshot(host)), [])
        await host.must('rm /etc/fail2ban/jail.d/zzz-late.local; fail2ban-client -q reload >/dev/null')
      })

      test('hardened: all that it claims passes, and every door is shut', async () => {
        const was = await snapshot(host)
        const more = ['--allow', 'others-cut-off', '--format', 'json']
        const drawn = await harden([...more, '--plan'])
        const plan = JSON.parse(drawn.stdout) as Plan
        const result = await harden([...more, '--plan-digest', plan.digest])
        assert.equal(result.code, 0, result.stdout + result.stderr)
        const { state, after: seen } = outcome(result)
        assert.equal(state, 'confirmed')
        const claimed = new Set(plan.steps.filter(step => step.change.stage !== 'after').flatMap(step => step.rules))
        for (const rule of [
          'keys/password-login',
          'keys/keyboard-interactive-password',
          'upkeep/guard-asleep',
        ] as const)
          assert.ok(claimed.has(rule), `${rule} is claimed`)
        for (const rule of claimed) assert.match(verdict(seen!, rule), /^(pass|not-applicable)$/, rule)
        assert.equal(verdict(seen!, 'names/default-login-account'), 'pass')

        await assertBolted(operator, host, 301)
        for (const [who, word] of [
          ['svc', password],
          ['root', password],
        ] as const) {
          const refused = await operator.password(host, who, 301, word)
          assert.match(refused.stderr, /Permission denied \(publickey\)/, `${who} has no way in by password`)
        }
        assert.match(
          await host.must(
            'fail2ban-client get sshd action nftables-multiport port 2>/dev/null || fail2ban-client get sshd action nftables port 2>/dev/null || fail2ban-client get sshd action iptables-multiport port',
          ),
          /301/,
        )

        const words = ['undo', `anna@${host.ip4}`, '-p', '301', ...operator.files, '--yes', '--lang', 'en']
        const undone = await operator.riegel(words)
        assert.equal(undone.code, 0, undone.stdout + undone.stderr)
        assert.deepEqual(difference(was, await snapshot(host)), [])
        const back = await operator.ssh(host, 'admin', 22, 'sudo -n id -u')
        assert.equal(back.stdout.trim(), '0', 'admin gets in as before')
      })
    })
})
