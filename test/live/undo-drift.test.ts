// Issue 8, undo with drift: files that somebody changed since, one rule only, several transactions one on the other.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type Snapshot, snapshot } from './lab/index.js'
import { byKey, fingerprint, live, type Operator, outcome, type Workplace, workplace } from './support.js'

const dropIn = '/etc/ssh/sshd_config.d/00-riegel.conf'
const sudoers = '/etc/sudoers.d/zz-riegel-anna'

describe('undo with drift', live, () => {
  let place: Workplace
  let operator: Operator
  let host: Host
  let was: Snapshot

  before(async () => {
    place = await workplace('undodrift')
    operator = place.operator
    host = await place.lab.host({
      suite: 'trixie',
      setup: `${byKey(operator.keyLine)}printf 'Port 22\\n' >>/etc/ssh/sshd_config\n`,
    })
    was = await snapshot(host)
  })
  after(() => place.close())

  const harden = async (user: string, port: number, more: readonly string[]) =>
    operator.riegel([
      ...['harden', `${user}@${host.ip4}`, '-p', String(port), ...operator.files, '--yes', '--format', 'json'],
      ...['--host-key', await fingerprint(host), '--user', 'anna', '--key', operator.key, '--sudo', 'nopasswd'],
      ...['--allow', 'no-console', '--allow', 'others-cut-off', '--skip', 'upkeep', ...more],
    ])
  const undo = (port: number, more: readonly string[] = ['--format', 'json']) =>
    operator.riegel([
      'undo',
      `anna@${host.ip4}`,
      '-p',
      String(port),
      ...operator.files,
      '--yes',
      '--lang',
      'en',
      ...more,
    ])
  const fresh = async () => {
    await host.reset()
    await operator.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
  }

  test('what cannot be told apart is shown, and nothing is touched', async () => {
    assert.equal((await harden('root', 22, ['--new-port', '301'])).code, 0)
    await host.must(`cp -a ${dropIn} /root/kept && sed -i 's/^PermitRootLogin no/PermitRootLogin yes/' ${dropIn}`)
    const changed = await snapshot(host)
    const edited = await undo(301, [])
    assert.equal(edited.code, 2, edited.stderr)
    assert.match(edited.stderr, /^ {2}\+ PermitRootLogin yes$/m, 'the difference is shown')
    assert.match(edited.stderr, /Error: Changed since, and sshd reads it/)
    assert.deepEqual(difference(changed, await snapshot(host)), [])

    // a line that would shut the old way: told apart, but sshd says that root would not get in
    await host.must(
      `cp -a /root/kept ${dropIn} && echo 'AllowUsers anna' >/root/line && sed -i '1r /root/line' ${dropIn}`,
    )
    const shut = await snapshot(host)
    const refused = await undo(301)
    assert.equal(refused.code, 2, refused.stderr)
    assert.match(outcome(refused).reason?.en ?? '', /sshd would not let in as before/)
    assert.deepEqual(difference(shut, await snapshot(host)), [])
    await host.must(`cp -a /root/kept ${dropIn} && rm /root/kept /root/line`)
  })

  test("lines of somebody else stay, only Riegel's go", async () => {
    await host.must(`printf '# mine\\nClientAliveInterval 77\\n' >/root/line && sed -i '1r /root/line' ${dropIn}`)
    await host.must(`rm /root/line; echo '# mine' >>${sudoers}; echo 'Banner none' >>/etc/ssh/sshd_config`)
    const back = await undo(301)
    assert.equal(back.code, 0, `${back.stderr}${back.stdout}`)
    assert.equal(outcome(back).state, 'confirmed')
    assert.equal(await host.must(`cat ${dropIn} ${sudoers}`), '# mine\nClientAliveInterval 77\n# mine\n')
    assert.equal((await host.must('tail -n 2 /etc/ssh/sshd_config')).trim(), 'Port 22\nBanner none')
    assert.deepEqual(
      difference(was, await snapshot(host))
        .map(line => line.split(':')[0])
        .sort(),
      ['file /etc/ssh/sshd_config', `file ${dropIn}`, `file ${sudoers}`],
    )
    assert.equal((await operator.ssh(host, 'root', 22, 'id -un')).stdout.trim(), 'root')
    assert.match(await host.must('sshd -T'), /clientaliveinterval 77/)
  })
  void fresh
})
