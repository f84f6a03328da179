// Ways around a second factor, planted one after the other on a live server; and a clock that disagrees. The code module
// itself is not asked for a code here: what PAM would do is told by its file.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { demand, google } from './closed.js'
import type { Host, Suite } from './lab/index.js'
import { byKey, fingerprint, live, type Operator, report, type Workplace, withUser, workplace } from './support.js'

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
