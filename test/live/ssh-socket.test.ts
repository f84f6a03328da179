// Servers on which systemd holds the ports of sshd (ssh.socket): hardened under the same guard, or refused by name.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { socketOnly } from './fault-table.js'
import { difference, type Host, type Lab, type Snapshot, snapshot } from './lab/index.js'
import type { Result } from './lab/tools.js'
import {
  assertBolted,
  byKey,
  fingerprint,
  live,
  type Operator,
  outcome,
  rootPassword,
  type Workplace,
  workplace,
} from './support.js'

for (const suite of ['trixie', 'bookworm'] as const)
  describe(`ssh.socket on ${suite}`, live, () => {
    let place: Workplace
    let lab: Lab
    let operator: Operator
    let host: Host
    let was: Snapshot

    before(async () => {
      place = await workplace(`socket${suite}`)
      ;({ lab, operator } = place)
      host = await lab.host({
        suite,
        setup: `${byKey(operator.keyLine)}echo 'root:${rootPassword}' | chpasswd\n${socketOnly}`,
      })
      was = await snapshot(host)
    })
    after(() => place.close())

    const harden = async (on: Host, more: readonly string[] = []): Promise<Result> => {
      await operator.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
      return operator.riegel([
        ...['harden', `root@${on.ip4}`, ...operator.files, '--host-key', await fingerprint(on), '--yes'],
        ...['--user', 'anna', '--key', operator.key, '--new-port', '301', '--sudo', 'nopasswd', '--format', 'json'],
        ...['--allow', 'no-console', '--allow', 'others-cut-off', '--skip', 'upkeep', ...more],
      ])
    }
    const undo = (on: Host): Promise<Result> =>
      operator.riegel(['undo', `anna@${on.ip4}`, '-p', '301', ...operator.files, '--yes', '--format', 'json'])

    test('a new port that does not get through: taken back, exit 3, the host byte-identical', async () => {
      await host.blockPort(301)
      const result = await harden(host)
      await host.unblockPort(301)
      assert.equal(result.code, 3, result.stderr)
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })

    test('the port moves, root and passwords are shut; the same after a reboot, and undo is byte-identical', async () => {
      const done = await harden(host)
      assert.equal(done.code, 0, done.stderr)
      assert.equal(outcome(done).state, 'confirmed')
      await assertBolted(operator, host, 301)
      await host.reboot({ port: 301 })
      await assertBolted(operator, host, 301)
      const back = await undo(host)
      assert.equal(back.code, 0, back.stderr)
      assert.deepEqual(difference(was, await snapshot(host)), [])
      await host.reboot()
      assert.equal((await operator.ssh(host, 'root', 22, 'id -u')).stdout.trim(), '0')
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })
  })
