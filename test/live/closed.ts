// Ways around a second factor, closed by harden. They wait for codes most of the time: second-factor.test.ts has them beside
// its own.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Report } from '../../src/model/report.js'
import { difference, type Host, type Suite, snapshot } from './lab/index.js'
import { fingerprint, needOathtool, type Operator, outcome, type Workplace, withUser, workplace } from './support.js'

export const google = 'auth required pam_google_authenticator.so'
export const demand = 'KbdInteractiveAuthentication yes\nAuthenticationMethods publickey,keyboard-interactive\n'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const code = (): string => execFileSync('oathtool', ['--totp', '-b', secret], { encoding: 'utf8' }).trim()
const nextCode = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 30_300 - (Date.now() % 30_000)))
const around: Readonly<Record<string, readonly { name: string; pam: string; sshd: string; keys: string[] }[]>> = {
  trixie: [
    {
      name: 'a Match',
      pam: google,
      sshd: `${demand}Match User anna\n  AuthenticationMethods publickey\n`,
      keys: ['anna'],
    },
    {
      name: 'UsePAM no',
      pam: google,
      sshd: 'UsePAM no\nKbdInteractiveAuthentication yes\nAuthenticationMethods publickey\n',
      keys: ['UsePAM', 'anna', 'bea'],
    },
  ],
  bookworm: [
    { name: 'another list', pam: google, sshd: `${demand.trimEnd()} publickey\n`, keys: ['anna', 'bea'] },
    {
      name: 'a password instead of the code, and nullok',
      pam: 'auth sufficient pam_google_authenticator.so nullok\n@include common-auth',
      sshd: demand,
      keys: ['bea', 'pam'],
    },
  ],
}

/** What anna, who has a code, can do about it: planted, closed by harden, proven with her code, and taken back. */
export const closed = (): void => {
  for (const suite of ['trixie', 'bookworm'] as const satisfies Suite[])
    describe(`ways around it, closed on ${suite}`, { concurrency: false }, () => {
      let place: Workplace
      let operator: Operator
      let host: Host
      let words: string[]

      before(async () => {
        place = await workplace(`closed${suite}`)
        operator = place.operator
        await needOathtool()
        host = await place.lab.host({
          suite,
          setup: `${withUser('anna', operator.keyLine, 'NOPASSWD: ALL', 'kx7m.f3ta')}${withUser('bea', operator.keyLine, 'ALL', 'kx7m.f3ta')}
printf '${secret}\\n" RATE_LIMIT 3 30\\n" WINDOW_SIZE 3\\n" DISALLOW_REUSE\\n" TOTP_AUTH\\n' >/home/anna/.google_authenticator
chown anna: /home/anna/.google_authenticator; chmod 400 /home/anna/.google_authenticator
cp -p /etc/pam.d/sshd /root/pam; sed -i '/^KbdInteractiveAuthentication/d' /etc/ssh/sshd_config
printf 'PasswordAuthentication no\\nPermitRootLogin no\\n' >/etc/ssh/sshd_config.d/10-shut.conf\n`,
        })
        await host.must('apt-get -qq install -y --no-install-recommends libpam-google-authenticator >/dev/null')
        writeFileSync(`${operator.home}/secret`, `${secret}\n`, { mode: 0o600 })
        words = [`anna@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host)]
        words.push('--totp-secret-file', `${operator.home}/secret`)
      })
      after(() => place.close())

      /** What is different, but for the file in which the module notes the codes that were used. */
      const changed = async (was: Awaited<ReturnType<typeof snapshot>>): Promise<string[]> =>
        difference(was, await snapshot(host)).filter(
          line => !line.startsWith('file /home/anna/.google_authenticator: '),
        )
      const getsIn = async (answer: string | null): Promise<boolean> =>
        (await operator.sshWithCode(host, 'anna', answer, 'true')).code === 0
      const problemsOf = ({ findings }: Report): string[] =>
        findings.flatMap(found => found.problems.map(({ key }) => key)).sort()

      for (const [at, { name, pam, sshd, keys }] of around[suite]!.entries())
        test(`${name}: named, closed, and proven with key and code`, async () => {
          await host.must(`sed 's/^@include common-auth/${pam.replaceAll('/', '\\/').replaceAll('\n', '\\n')}/' /root/pam >/etc/pam.d/sshd
cat >/etc/ssh/sshd_config.d/00-test.conf <<'END'
${sshd}
END
systemctl reset-failed ssh; sshd -t && systemctl restart ssh && sleep 0.2`)
          const was = await snapshot(host)
          if (at > 0) await nextCode()
          const close = (...more: readonly string[]) =>
            operator.riegel(
              ['harden', ...words, '--only', 'second-factor/bypassed', '--user', 'anna', '--key', operator.key]
                .concat(['--new-port', 'keep', '--sudo', 'nopasswd', '--yes', '--lang', 'en', '--format', 'json'])
                .concat(['--allow', 'no-console', ...more]),
              300_000,
            )
          if (at === 0) {
            const first = await close()
            assert.equal(first.code, 2, 'bea has no code')
            assert.match(first.stderr, /will no longer get in: bea/)
            assert.deepEqual(await changed(was), [])
          }
          const done = await close('--allow', 'others-cut-off')
          assert.equal(done.code, 0, done.stdout + done.stderr)
          assert.equal(outcome(done).state, 'confirmed')
          assert.deepEqual(problemsOf(outcome(done).before!), keys)
          assert.deepEqual(problemsOf(outcome(done).after!), [])
          await nextCode()
          assert.ok(!(await getsIn(null)), 'the key alone')
          assert.ok(!(await getsIn('000000')), 'a wrong code')
          assert.ok(await getsIn(code()), 'key and code')
          if (at === 0) {
            await nextCode()
            const back = await operator.riegel(['undo', ...words, '--yes', '--lang', 'en'], 300_000)
            assert.equal(back.code, 0, back.stdout + back.stderr)
          } else await host.must('sh "$(ls -d /var/lib/riegel/*/undo.sh | tail -n 1)"')
          assert.deepEqual(await changed(was), [])
        })
    })
}
