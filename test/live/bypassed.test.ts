// Ways around a second factor, planted one after the other on a live server; and a clock that disagrees. The code module
// itself is not asked for a code here: what PAM would do is told by its file.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Report } from '../../src/model/report.js'
import { difference, type Host, type Suite, snapshot } from './lab/index.js'
import {
  byKey,
  fingerprint,
  live,
  type Operator,
  outcome,
  report,
  type Workplace,
  withUser,
  workplace,
} from './support.js'

const google = 'auth required pam_google_authenticator.so'
const demand = 'KbdInteractiveAuthentication yes\nAuthenticationMethods publickey,keyboard-interactive\n'
/** The account that Riegel looks by: a way around on purpose, always told. */
const reserve = 'Match User root\n  AuthenticationMethods publickey\n'

const setup = (key: string): string => `${byKey(key)}
${withUser('anna', key, 'ALL')}
${withUser('bea', key, 'ALL')}
for name in anna bea; do echo "$name:kx7m.f3ta" | chpasswd; done
echo KRSXG5CTMVRXEZLU >/home/anna/.google_authenticator
d=$(dirname "$(find /lib /usr/lib -name pam_permit.so | head -n 1)")
touch "$d/pam_google_authenticator.so"
cp -p /etc/pam.d/sshd /root/pam
sed -i '/^KbdInteractiveAuthentication/d' /etc/ssh/sshd_config
`

describe('ways around a second factor', { ...live, concurrency: 2 }, () => {
  for (const suite of ['trixie', 'bookworm'] as const satisfies Suite[])
    describe(`on ${suite}`, { concurrency: false }, () => {
      let place: Workplace
      let operator: Operator
      let host: Host

      before(async () => {
        place = await workplace(`bypassed${suite}`)
        operator = place.operator
        host = await place.lab.host({ suite, setup: setup(operator.keyLine) })
      })
      after(() => place.close())

      const words = async () => [
        'audit',
        `root@${host.ip4}`,
        ...operator.files,
        '--host-key',
        await fingerprint(host),
        '--only',
        'second-factor',
        '--format',
        'json',
      ]
      /** The problems of second-factor/bypassed on a server with these lines of PAM and sshd. */
      const planted = async (pam: string, sshd: string): Promise<string[]> => {
        await host.must(`sed 's/^@include common-auth/${pam.replaceAll('/', '\\/').replaceAll('\n', '\\n')}/' /root/pam >/etc/pam.d/sshd
cat >/etc/ssh/sshd_config.d/00-test.conf <<'END'
${sshd}
END
systemctl reset-failed ssh; mkdir -p /run/sshd && sshd -t && systemctl restart ssh && sleep 0.2`)
        const { findings } = report(await operator.riegel(await words()))
        const found = findings.find(({ rule }) => rule === 'second-factor/bypassed')!
        assert.ok(['pass', 'fail', 'not-applicable'].includes(found.verdict), JSON.stringify(found))
        return found.verdict === 'not-applicable' ? ['not-applicable'] : found.problems.map(({ key }) => key).sort()
      }

      test('nothing is set up: nothing to go around', async () => {
        assert.deepEqual(await planted('@include common-auth', ''), ['not-applicable'])
      })

      test('each way around is named, and the account that has one on purpose', async () => {
        assert.deepEqual(await planted(google, demand + reserve), ['root'])
        assert.deepEqual(
          await planted(google, `${demand}${reserve}Match User bea\n  AuthenticationMethods publickey\n`),
          ['bea', 'root'],
        )
        assert.deepEqual(await planted(google, `${demand.trimEnd()} publickey\n${reserve}`), ['anna', 'bea', 'root'])
        assert.deepEqual(await planted(`${google} nullok\nauth required pam_permit.so`, demand + reserve), [
          'bea',
          'root',
        ])
        assert.deepEqual(await planted(`auth sufficient pam_unix.so\n${google}`, demand + reserve), ['pam', 'root'])
        assert.deepEqual(
          await planted(`auth sufficient pam_google_authenticator.so\n@include common-auth`, demand + reserve),
          ['pam', 'root'],
        )
        assert.deepEqual(
          await planted('auth optional pam_google_authenticator.so\nauth required pam_permit.so', demand + reserve),
          ['pam', 'root'],
        )
        assert.deepEqual(await planted(google, `UsePAM no\n${demand}${reserve}`), ['UsePAM', 'root'])
        assert.deepEqual(await planted(`${google}\n@include common-auth`, demand + reserve), ['root'])
      })

      test('a clock that disagrees with its codes', async () => {
        await planted(google, demand + reserve)
        // a container has the clock of its host, so that the rule itself does not apply here
        const path = `${operator.home}/facts.json`
        const driftOf = () => JSON.parse(readFileSync(path, 'utf8')).sections.clock.value.drift as number
        await operator.riegel([...(await words()), '--save-facts', path])
        assert.equal(driftOf(), 0)
        await operator.riegelAhead(1, [...(await words()), '--save-facts', path])
        assert.ok(driftOf() < -86_380 && driftOf() > -86_410, `${driftOf()}`)
      })
    })
})

/** What anna, who has a code, can do about it: planted, closed by harden, proven with her code, and taken back. */
describe('ways around a second factor, closed', { ...live, concurrency: 2 }, () => {
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

  for (const suite of ['trixie', 'bookworm'] as const satisfies Suite[])
    describe(`on ${suite}`, { concurrency: false }, () => {
      let place: Workplace
      let operator: Operator
      let host: Host
      let words: string[]

      before(async () => {
        place = await workplace(`closed${suite}`)
        operator = place.operator
        const found = await place.lab.run(['sh', '-c', 'command -v oathtool || apt-get -qq install -y oathtool'])
        assert.equal(found.code, 0, found.stderr)
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
})
