// Servers on which systemd holds the ports of sshd (ssh.socket): hardened under the same guard, or refused by name.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { bench, changeSets, line, runTable, socketOnly } from './fault-table.js'
import { difference, type Host, type Snapshot, type Suite, snapshot } from './lab/index.js'
import type { Result } from './lab/tools.js'
import {
  assertBolted,
  byKey,
  fingerprint,
  live,
  type Operator,
  outcome,
  report,
  rootPassword,
  verdict,
  type Workplace,
  workplace,
} from './support.js'

const folder = '/etc/systemd/system/ssh.socket.d'

/** As Ubuntu 22.10 to 23.10 have it: addresses of its own for each family, and the service wants its socket. */
const dropIn = `mkdir ${folder} /etc/systemd/system/ssh.service.requires
printf '[Socket]\\nListenStream=\\nListenStream=0.0.0.0:22\\nListenStream=[::]:22\\nBindIPv6Only=ipv6-only\\n' >${folder}/addresses.conf
ln -s /lib/systemd/system/ssh.socket /etc/systemd/system/ssh.service.requires/ssh.socket
`

/** As Ubuntu 24.04 has it: what is not the default in sshd's Port becomes addresses of the socket at each daemon-reload. */
const generator = `mkdir -p /etc/systemd/system-generators
cat >/etc/systemd/system-generators/sshd-socket-generator <<'END'
#!/bin/sh
ports=$(sed -n 's/^Port //p' /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config)
[ "\${ports:-22}" != 22 ] || exit 0
mkdir "$1/ssh.socket.d"
{
  printf '[Socket]\\nBindIPv6Only=ipv6-only\\nListenStream=\\n'
  for port in $ports; do printf 'ListenStream=0.0.0.0:%s\\nListenStream=[::]:%s\\n' $port $port; done
} >"$1/ssh.socket.d/addresses.conf"
END
chmod 755 /etc/systemd/system-generators/sshd-socket-generator
`

describe('ssh.socket', { ...live, concurrency: 2 }, () => {
  let place: Workplace
  let operator: Operator

  before(async () => {
    place = await workplace('socket')
    operator = place.operator
  })
  after(() => place.close())

  const boot = (suite: Suite, setup = socketOnly): Promise<Host> =>
    place.lab.host({ suite, setup: `${byKey(operator.keyLine)}echo 'root:${rootPassword}' | chpasswd\n${setup}` })
  const harden = async (host: Host, port = '301'): Promise<Result> =>
    operator.riegel([
      ...['harden', `root@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host), '--yes'],
      ...['--user', 'anna', '--key', operator.key, '--new-port', port, '--sudo', 'nopasswd', '--format', 'json'],
      ...['--allow', 'no-console', '--allow', 'others-cut-off', '--skip', 'upkeep'],
    ])
  const undo = (host: Host, port = '301'): Promise<Result> =>
    operator.riegel(['undo', `anna@${host.ip4}`, '-p', port, ...operator.files, '--yes', '--format', 'json'])
  const confirmed = (result: Result): void => {
    assert.equal(result.code, 0, result.stderr)
    assert.equal(outcome(result).state, 'confirmed')
  }
  const listeners = (host: Host): Promise<string> => host.must("ss -H -tln | awk '{ print $4 }' | sort | tr '\\n' ' '")

  /** Only anna gets in, on 301 and over both families; the old port, root and passwords are shut. */
  const bolted = async (host: Host, port = 301): Promise<void> => {
    await assertBolted(operator, host, port)
    const six = await operator.ssh(host, 'anna', port, 'id -un', ['-o', `HostName=${host.ip6}`])
    assert.equal(six.stdout.trim(), 'anna', six.stderr)
    assert.notEqual((await operator.password(host, 'root', port, rootPassword)).code, 0)
  }
  /** Moved, and the same after a reboot; then taken back, and the same after a reboot. */
  const thereAndBack = async (host: Host, was: Snapshot, open: string): Promise<void> => {
    confirmed(await harden(host))
    await bolted(host)
    assert.equal((await listeners(host)).trim(), open)
    await host.reboot({ port: 301 })
    await bolted(host)
    assert.equal((await listeners(host)).trim(), open)
    confirmed(await undo(host))
    assert.deepEqual(difference(was, await snapshot(host)), [])
    await host.reboot()
    assert.equal((await operator.ssh(host, 'root', 22, 'id -u')).stdout.trim(), '0')
    assert.deepEqual(difference(was, await snapshot(host)), [])
  }

  describe('faults', { concurrency: false }, () => {
    test('client killed, server rebooted: the old way is back, the host is whole, the next harden works', async () => {
      const set = changeSets.socket
      const at = [
        ['trixie', 'client killed', 'narrowed'],
        ['trixie', 'server rebooted', 'narrowed'],
        ['bookworm', 'client killed', 'widened'],
        ['bookworm', 'server rebooted', 'narrowed'],
        // the socket would open what systemd has read at boot, before undo
        ['bookworm', 'server rebooted', 'closed on disk'],
      ] as const
      const cases = at.map(([suite, fault, state]) => ({ suite, set, fault, state }))
      const suites = ['trixie', 'bookworm'] as const
      const benches = await Promise.all(suites.map(suite => bench(place.lab, suite, set, 'overlay')))
      const rows = await runTable(benches, cases, row => process.stdout.write(`${line(row)}\n`))
      assert.equal(rows.length, cases.length)
      for (const row of rows) {
        assert.match(row.ended, /^rolled-back/, line(row))
        assert.ok(!row.lockedOut, line(row))
        assert.deepEqual(row.between, [], line(row))
        assert.equal(row.nextFailed, '', line(row))
      }
      for (const one of benches) {
        await one.host.stop()
        one.operator.end()
      }
    })
  })

  for (const suite of ['trixie', 'bookworm'] as const)
    describe(`Debian's own, ${suite}`, { concurrency: false }, () => {
      let host: Host
      let was: Snapshot

      before(async () => {
        host = await boot(suite)
        was = await snapshot(host)
      })
      after(() => host.stop())

      test('a new port that does not get through: taken back, exit 3, the host byte-identical', async () => {
        await host.blockPort(301)
        const result = await harden(host)
        await host.unblockPort(301)
        assert.equal(result.code, 3, result.stderr)
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })

      test('the port moves, root and passwords are shut; so after a reboot, and undo is byte-identical', () =>
        thereAndBack(host, was, '*:301'))

      test('where the port stays the daemon alone is started anew; ten quick cycles do no harm', async () => {
        confirmed(await harden(host, 'keep'))
        await bolted(host, 22)
        assert.equal((await listeners(host)).trim(), '*:22')
        // sessions live on, and no start limit is hit
        const session = operator.ssh(host, 'anna', 22, 'sleep 8; echo there')
        await host.must('until pgrep -x sleep >/dev/null; do sleep 0.1; done')
        await host.must(`set -e; D=$(ls -d /var/lib/riegel/*/ | tail -n 1); D=\${D%/}; . "$D/lib.sh"
for n in 1 2 3 4 5 6 7 8 9 10; do restart_socket; read_anew; listens 22; done`)
        assert.equal((await session).stdout, 'there\n')
        confirmed(await undo(host, '22'))
        assert.deepEqual(difference(was, await snapshot(host)), [])
      })
    })

  describe('as others have it', { concurrency: false }, () => {
    test('addresses in a drop-in, a service that requires its socket (Ubuntu 22.10)', async () => {
      const host = await boot('trixie', `${socketOnly}${dropIn}`)
      const was = await snapshot(host)
      await thereAndBack(host, was, '0.0.0.0:301 [::]:301')
      await host.stop()
    })

    test('a generator that makes addresses of Port: nothing else is written (Ubuntu 24.04)', async () => {
      const host = await boot('trixie', `${socketOnly}${generator}`)
      const was = await snapshot(host)
      await thereAndBack(host, was, '0.0.0.0:301 [::]:301')
      assert.equal(await host.must(`ls -d ${folder} 2>/dev/null || echo none`), 'none\n')
      await host.stop()
    })

    test('service and socket, both started at boot', async () => {
      const host = await boot('bookworm', 'systemctl -q enable ssh.service ssh.socket\n')
      const was = await snapshot(host)
      await thereAndBack(host, was, '*:301')
      await host.stop()
    })
  })

  describe('refused by name, nothing touched', { concurrency: false }, () => {
    let host: Host
    before(async () => {
      host = await boot('bookworm')
    })
    after(() => host.stop())

    const refused = async (says: RegExp): Promise<void> => {
      const was = await snapshot(host)
      const result = await harden(host)
      assert.equal(result.code, 2, result.stdout + result.stderr)
      assert.match(outcome(result).reason?.en ?? result.stderr, says)
      assert.deepEqual(difference(was, await snapshot(host)), [])
    }
    const audited = async (): Promise<ReturnType<typeof report>> => {
      const words = ['audit', `root@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host)]
      return report(await operator.riegel([...words, '--format', 'json']))
    }

    test('a socket that starts an sshd for each connection, as bullseye has it', async () => {
      await host.must(`mkdir ${folder}; printf '[Socket]\\nAccept=yes\\n' >${folder}/each.conf
printf '[Service]\\nExecStart=-/usr/sbin/sshd -i\\nStandardInput=socket\\nRuntimeDirectory=sshd\\nRuntimeDirectoryPreserve=yes\\n' >/etc/systemd/system/ssh@.service
systemctl daemon-reload; systemctl stop ssh.socket; systemctl stop ssh.service; systemctl start ssh.socket`)
      assert.equal(verdict(await audited(), 'ports/ssh-default-port'), 'fail', 'the socket counts as sshd')
      await refused(/Accept=yes/)
      await host.reset()
    })

    test('one that the next boot leaves out; and what it opens then is not known', async () => {
      await host.must('systemctl -q disable ssh.socket; systemctl -q enable ssh.service')
      await refused(/does not start at the next boot/)
      await host.reset()
    })

    test('a drop-in that would win over ours', async () => {
      await host.must(`mkdir ${folder}; printf '[Socket]\\nListenStream=\\nListenStream=22\\n' >${folder}/zzz.conf
systemctl daemon-reload`)
      await refused(/zzz\.conf; that counts before/)
      await host.reset()
    })

    test('files that systemd has not read: the rule about the port does not pass either', async () => {
      await host.must(`mkdir ${folder}; printf '[Socket]\\nListenStream=\\nListenStream=301\\n' >${folder}/port.conf
systemctl daemon-reload; systemctl stop ssh.socket; systemctl stop ssh.service; systemctl start ssh.socket`)
      assert.ok(await host.waitForPort(301))
      await host.must(`printf '[Socket]\\nListenStream=\\nListenStream=22\\n' >${folder}/port.conf`)
      const words = ['audit', `root@${host.ip4}`, '-p', '301', ...operator.files]
      const seen = report(await operator.riegel([...words, '--host-key', await fingerprint(host), '--format', 'json']))
      assert.equal(verdict(seen, 'ports/ssh-default-port'), 'unknown')
      await host.must('systemctl daemon-reload')
      const then = report(await operator.riegel([...words, '--format', 'json']))
      assert.equal(verdict(then, 'ports/ssh-default-port'), 'fail', 'it opens 22 at the next boot')
    })
  })
})
