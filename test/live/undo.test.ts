// Items 5, 6 and 10: a blocked port, undo after weeks, a file changed since, history.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type Lab, type Snapshot, snapshot } from './lab/index.js'
import {
  byKey,
  byPassword,
  fingerprint,
  live,
  type Operator,
  outcome,
  rootPassword,
  type Workplace,
  workplace,
} from './support.js'

/** What the installation of a package writes besides its own files, and units and listeners it starts. */
const byInstalling =
  /alternatives|\/etc\/rc\w\.d|unattended-upgrades|apt-daily|fail2ban|20auto-upgrades|\/etc\/python3|\/usr\/local\/lib\/python3|\/var\/lib\/(python|fail2ban|systemd)|inputrc|mime\.types|\/etc\/pm|\/var\/log/

for (const suite of ['trixie', 'bookworm'] as const)
  describe(`undo on ${suite}`, live, () => {
    let place: Workplace
    let lab: Lab
    let operator: Operator
    let host: Host
    let was: Snapshot

    before(async () => {
      place = await workplace(`undo${suite}`)
      ;({ lab, operator } = place)
      host = await lab.host({ suite, setup: byKey(operator.keyLine) })
      was = await snapshot(host)
    })
    after(() => place.close())

    const harden = async (more: readonly string[] = ['--skip', 'upkeep']) =>
      operator.riegel([
        ...['harden', `root@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host), '--yes'],
        ...['--user', 'anna', '--key', operator.key, '--new-port', '301', '--sudo', 'nopasswd', '--format', 'json'],
        ...['--allow', 'no-console', '--allow', 'others-cut-off', ...more],
      ])
    const undo = (more: readonly string[] = []) =>
      operator.riegel([
        'undo',
        `anna@${host.ip4}`,
        '-p',
        '301',
        ...operator.files,
        '--yes',
        '--format',
        'json',
        ...more,
      ])

    test('a port that does not get through: taken back, exit 3, the host byte-identical', async () => {
      await host.blockPort(301)
      const result = await harden()
      await host.unblockPort(301)
      assert.equal(result.code, 3, result.stderr)
      assert.equal(outcome(result).state, 'rolled-back')
      assert.match(outcome(result).reason?.en ?? '', /Port 301 does not answer from here/)
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })

    test('undo brings the host back, byte-identical; history tells both', async () => {
      const done = await harden()
      assert.equal(done.code, 0, done.stderr)
      // two months later, by the client's clock
      const words = ['undo', `anna@${host.ip4}`, '-p', '301', ...operator.files, '--yes', '--format', 'json']
      const back = await operator.riegelAhead(60, words)
      assert.equal(back.code, 0, back.stderr)
      assert.equal(outcome(back).state, 'confirmed')
      assert.ok(Date.parse(outcome(back).steps[0]!.at) > Date.now() + 59 * 86_400_000, 'the clock was ahead')
      assert.deepEqual(difference(was, await snapshot(host)), [])
      const past = await operator.riegel(['history', `root@${host.ip4}`, ...operator.files, '--format', 'json'])
      const listed = JSON.parse(past.stdout) as { transactions: { state: string }[] }
      assert.deepEqual(
        listed.transactions.map(one => one.state),
        ['rolled-back', 'rolled-back'],
      )
      const again = await operator.riegel(['undo', `root@${host.ip4}`, ...operator.files, '--yes', '--format', 'json'])
      assert.equal(outcome(again).state, 'nothing-to-do')
    })

    test('with automatic updates too: only what packages brought stays', async () => {
      const done = await harden([])
      assert.equal(done.code, 0, done.stderr)
      const back = await undo()
      assert.equal(back.code, 0, back.stderr)
      const owned = new Set((await host.must('cat /var/lib/dpkg/info/*.list')).split('\n'))
      const left = difference(was, await snapshot(host)).filter(
        line => !byInstalling.test(line) && !owned.has(/^file (\S+):/.exec(line)?.[1] ?? ''),
      )
      assert.deepEqual(left.slice(0, 20), [])
      assert.equal((await host.sh('ls /etc/fail2ban/jail.d/zz-riegel* /etc/apt/apt.conf.d/99riegel*')).stdout, '')
    })

    test('without Riegel, on the server itself', async () => {
      await host.reset()
      await operator.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
      assert.equal((await harden()).code, 0)
      const said = await host.must('sh /var/lib/riegel/*/undo.sh')
      assert.match(said, /rolled-back/)
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })

    test('a file changed since is shown and not overwritten', async () => {
      await host.reset()
      await operator.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
      assert.equal((await harden()).code, 0)
      const dropIn = '/etc/ssh/sshd_config.d/00-riegel.conf'
      await host.must(`sed -i 's/^PermitRootLogin no/& # mine/' ${dropIn} && grep '# mine' ${dropIn} && sync`)
      const changed = await snapshot(host)
      const door = await operator.riegel([
        'undo',
        `anna@${host.ip4}`,
        '-p',
        '301',
        ...operator.files,
        '--yes',
        '--lang',
        'en',
      ])
      assert.equal(door.code, 2)
      assert.match(door.stderr, /\+ PermitRootLogin no # mine/, 'the difference is shown')
      assert.match(door.stderr, /Error: Changed since, and sshd reads it/)
      assert.deepEqual(difference(changed, await snapshot(host)), [])
      await host.must(`sed -i 's/ # mine$//' ${dropIn}`)

      await host.must("sed -i 's/$/ # mine/' /etc/sudoers.d/zz-riegel-anna")
      const refused = await undo()
      assert.equal(refused.code, 2)
      assert.match(outcome(refused).reason?.en ?? '', /zz-riegel-anna/)
      const allowed = await undo(['--allow', 'changed-since'])
      assert.equal(allowed.code, 0, allowed.stderr)
      assert.match(await host.must('cat /etc/sudoers.d/zz-riegel-anna'), /# mine/)
      assert.deepEqual(
        difference(was, await snapshot(host)).map(line => line.split(':')[0]),
        ['file /etc/sudoers.d/zz-riegel-anna'],
      )
    })

    test('an account with something of its own in its home stays, locked, and is named', async () => {
      await host.reset()
      await operator.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
      assert.equal((await harden()).code, 0)
      await host.must('echo letter >/home/anna/letter && chown anna:anna /home/anna/letter')
      const back = await undo()
      assert.equal(back.code, 0, back.stderr)
      assert.equal(await host.must('cat /home/anna/letter'), 'letter\n')
      assert.match(await host.must('getent shadow anna'), /^anna:!/)
      const closed = await operator.ssh(host, 'anna', 22, 'id')
      assert.notEqual(closed.code, 0, 'the account is shut')
    })

    test('first contact was by password: the way back is shown to be offered before anything is undone', async () => {
      const other = await lab.host({ suite, setup: byPassword })
      const before = await snapshot(other)
      const words = [
        ...['harden', `root@${other.ip4}`, ...operator.files, '--host-key', await fingerprint(other), '--yes'],
        ...['--user', 'anna', '--key', operator.key, '--new-port', '301', '--sudo', 'nopasswd', '--skip', 'upkeep'],
      ]
      const done = await operator.type(words, [{ expect: /password: /, send: `${rootPassword}\n` }])
      assert.equal(done.code, 0, done.output)
      const back = await operator.riegel([
        'undo',
        `anna@${other.ip4}`,
        '-p',
        '301',
        ...operator.files,
        '--yes',
        '--format',
        'json',
      ])
      assert.equal(back.code, 0, back.stderr)
      assert.deepEqual(difference(before, await snapshot(other)), [])
      const root = await operator.password(other, 'root', 22, rootPassword)
      assert.equal(root.stdout.trim(), 'root')
      await other.stop()
    })
  })
