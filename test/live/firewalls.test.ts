// Item 9 of the issue, the packet filters: the new port is let in first, by whoever filters here, and so that the next
// boot knows it; the jail follows; undo brings the host back as it was. What the next boot would not load is refused.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type HostOptions, type Lab, snapshot } from './lab/index.js'
import { type Result, sleep } from './lab/tools.js'
import {
  assertBolted,
  byKey,
  fingerprint,
  live,
  nftables,
  type Operator,
  type Workplace,
  workplace,
} from './support.js'

interface Filter extends Pick<HostOptions, 'suite' | 'layers'> {
  readonly name: string
  /** sh in the host's root before it boots */
  readonly setup?: string
  /** sh in the booted host */
  readonly start?: string
  /** sh that prints which ports are let in, now and at the next boot */
  readonly open: string
  readonly jail?: true
}

const filters: Filter[] = [
  {
    name: 'ufw, and a jail of fail2ban',
    suite: 'trixie',
    layers: ['ufw', 'fail2ban'],
    start: 'ufw allow 22/tcp >/dev/null && ufw --force enable >/dev/null',
    open: 'ufw status; cat /etc/ufw/user.rules /etc/ufw/user6.rules',
    jail: true,
  },
  {
    name: 'firewalld',
    suite: 'trixie',
    layers: ['firewalld'],
    open: 'firewall-cmd --list-all; cat /etc/firewalld/zones/*.xml 2>/dev/null || true',
  },
  {
    name: 'nftables from /etc/nftables.conf, its policy drop',
    suite: 'trixie',
    setup: `cat >/etc/nftables.conf <<'END'\n${nftables}END\nsystemctl enable nftables\n`,
    open: 'nft list ruleset; cat /etc/nftables.conf',
  },
  {
    name: 'ufw on bookworm',
    suite: 'bookworm',
    layers: ['ufw'],
    start: 'ufw allow OpenSSH >/dev/null 2>&1 || ufw allow 22/tcp >/dev/null; ufw --force enable >/dev/null',
    open: 'ufw status; cat /etc/ufw/user.rules /etc/ufw/user6.rules',
  },
]

// mostly they wait: two at a time
describe('firewalls', { ...live, concurrency: 2 }, () => {
  let place: Workplace
  let lab: Lab
  let operator: Operator

  before(async () => {
    place = await workplace('firewalls')
    ;({ lab, operator } = place)
  })
  after(() => place.close())

  const harden = async (host: Host, more: readonly string[] = []): Promise<Result> =>
    operator.riegel([
      'harden',
      `root@${host.ip4}`,
      ...operator.files,
      '--host-key',
      await fingerprint(host),
      ...['--yes', '--user', 'anna', '--key', operator.key, '--sudo', 'nopasswd', '--new-port', '301', '--lang', 'en'],
      ...['--allow', 'no-console', '--skip', 'upkeep', ...more],
    ])

  const jailPorts = async (host: Host): Promise<string> =>
    host.must(
      `for a in $(fail2ban-client get sshd actions | tail -n +2 | tr -d ','); do fail2ban-client get sshd action "$a" port; done`,
    )

  /** Something refuses here: a port that listens cannot be reached from outside. */
  const assertFilters = async (host: Host): Promise<void> => {
    await host.must('systemd-run -q --unit=witness /usr/sbin/sshd -D -p 2500 -o PidFile=none; sleep 0.5')
    assert.match(await host.must('ss -H -tln'), /:2500 /)
    // firewalld says it is up before its rules are
    let open = true
    for (let tries = 0; open && tries < 60; tries++) {
      open = await host.waitForPort(2500, 1000)
      // an open one answers at once
      if (open) await sleep(500)
    }
    assert.equal(open, false, 'the filter works')
    await host.must('systemctl stop witness')
  }

  for (const filter of filters)
    test(`${filter.name}: moved, over a reboot, and back`, async () => {
      const { suite, layers } = filter
      const host = await lab.host({
        suite,
        ...(layers && { layers }),
        setup: `${byKey(operator.keyLine)}${filter.setup ?? ''}`,
      })
      if (filter.start !== undefined) await host.must(filter.start)
      await assertFilters(host)
      // as the next boot leaves it: services write their own notes at the first one
      await host.reboot()
      const was = await snapshot(host)
      assert.doesNotMatch(await host.must(filter.open), /\b301\b/)

      const result = await harden(host)
      assert.equal(result.code, 0, result.stdout + result.stderr)
      await assertBolted(operator, host, 301)
      assert.match(await host.must(filter.open), /\b301\b/)
      assert.ok(await host.waitForPort(301, 10_000, 6), 'over IPv6 too')
      if (filter.jail) assert.equal((await jailPorts(host)).trim(), '301')

      await host.reboot({ port: 301 })
      await assertBolted(operator, host, 301)
      assert.ok(await host.waitForPort(301, 10_000, 6), 'over IPv6 too')
      if (filter.jail) assert.equal((await jailPorts(host)).trim(), '301')
      await assertFilters(host)

      const words = ['undo', `anna@${host.ip4}`, '-p', '301', ...operator.files, '--yes', '--lang', 'en']
      const undone = await operator.riegel(words)
      assert.equal(undone.code, 0, undone.stdout + undone.stderr)
      assert.deepEqual(difference(was, await snapshot(host)), [])
      const back = await operator.ssh(host, 'root', 22, 'id -u')
      assert.equal(back.stdout.trim(), '0', back.stderr)
      await host.stop()
    })

  test('nftables rules that the next boot would not load: refused, and nothing is touched', async () => {
    const host = await lab.host({ suite: 'trixie', setup: byKey(operator.keyLine) })
    const live = nftables.replace('inet filter', 'inet mine').replace('flush ruleset\n', '')
    const unseen = /Error: Where the firewall rules come from at the next boot cannot be seen/
    const refused = async (why: string, error = unseen): Promise<void> => {
      const was = await snapshot(host)
      const result = await harden(host)
      assert.equal(result.code, 2, `${why}: ${result.stdout}${result.stderr}`)
      assert.match(result.stderr, error, why)
      assert.match(result.stderr, /Hint: .*--new-port keep/)
      assert.deepEqual(difference(was, await snapshot(host)), [], why)
    }
    await host.must('nft -f -', { input: live })
    await refused('loaded by hand')
    await host.must(`cat >/etc/nftables.conf`, { input: live })
    await refused('in the file, but the unit is off')
    await host.must('systemctl enable nftables; printf \'include "/etc/nftables.d/*.nft"\\n\' >/etc/nftables.conf')
    await refused('from another file')
    await host.must('nft flush ruleset')
    await refused(
      'nothing is loaded, and what would be is in another file',
      /not loaded now .nftables: \/etc\/nftables/,
    )
    await host.must('cat >/etc/nftables.conf', { input: nftables })
    await refused('enabled, but not loaded now', /Error: At the next boot something filters .*nftables: inet filter/)

    // the port may stay: then nothing is asked of the filter
    const kept = await harden(host, ['--new-port', 'keep'])
    assert.equal(kept.code, 0, kept.stdout + kept.stderr)
    await assertBolted(operator, host, 22)
    await host.stop()
  })

  test('a filter that is shut between operator and host: taken back, byte for byte', async () => {
    const host = await lab.host({ suite: 'trixie', layers: ['ufw', 'fail2ban'], setup: byKey(operator.keyLine) })
    await host.must('ufw allow 22/tcp >/dev/null && ufw --force enable >/dev/null')
    await host.blockPort(301)
    const was = await snapshot(host)
    const result = await harden(host)
    assert.equal(result.code, 3, result.stdout + result.stderr)
    assert.match(result.stderr, /Port 301 does not answer from here; on the server it listens/)
    assert.deepEqual(difference(was, await snapshot(host)), [])
    await host.stop()
  })
})
