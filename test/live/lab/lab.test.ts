// Proves the lab itself: what the other live tests rely on is true here, and nothing stays when it is over.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { available, difference, type Host, Lab, snapshot } from './index.js'
import { parseSources } from './sources.js'
import { executeSync } from './tools.js'

const possible = available()
if (!possible.ok) process.stderr.write(`LIVE TESTS SKIPPED: ${possible.why}\n`)

const setup = `echo root:lab | chpasswd
echo 'PermitRootLogin yes' >/etc/ssh/sshd_config.d/01-lab.conf
useradd -m -s /bin/bash anna
`

const ssh = (host: string, ...words: string[]) => [
  ...['sshpass', '-p', 'lab', 'ssh', '-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'LogLevel=ERROR'],
  ...['-o', 'UserKnownHostsFile=/dev/null', '-o', 'ConnectTimeout=3', `root@${host}`, ...words],
]

/** Everything of this lab that the machine still knows. */
function traces(name: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const commands = readdirSync('/proc')
    .filter(pid => /^\d+$/.test(pid))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
  const folders = ['/run/riegel-lab', '/run/netns', '/etc/netns', '/run/systemd/nspawn/propagate']
  const cgroups = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']
  const names = [...folders, ...cgroups].flatMap(folder =>
    existsSync(folder) ? readdirSync(folder).map(entry => `${folder}/${entry}`) : [],
  )
  const loops = executeSync(['losetup', '--list', '--noheadings', '--output', 'BACK-FILE']).stdout.split('\n')
  return [...mounts, ...commands, ...names, ...loops].filter(line => line.includes(name))
}

test('apt sources are read in both spellings', () => {
  assert.deepEqual(parseSources('# deb x y\ndeb [signed-by=/k] http://m/debian trixie main\n', false), [
    { uri: 'http://m/debian', suite: 'trixie' },
  ])
  const stanza =
    '# a comment\nTypes: deb deb-src\nURIs: http://m/debian\nSuites: a a-updates\n\nTypes: deb-src\nURIs: x'
  assert.deepEqual(parseSources(stanza, true), [
    { uri: 'http://m/debian', suite: 'a' },
    { uri: 'http://m/debian', suite: 'a-updates' },
  ])
})

describe('a lab', { skip: possible.ok ? false : possible.why }, () => {
  let lab: Lab
  let host: Host

  before(async () => {
    lab = await Lab.open('selftest')
    host = await lab.host({ suite: 'trixie', setup, disk: 'ext4' })
  })
  after(async () => {
    await lab.close()
    assert.deepEqual(traces(lab.name), [])
  })

  test('is a Debian with systemd that one can log in to, in both families and by name', async () => {
    assert.equal((await host.must('. /etc/os-release; echo "$VERSION_CODENAME"')).trim(), 'trixie')
    assert.equal((await host.must('ps -o comm= -p 1; hostname; id -u')).trim(), 'systemd\nhost1\n0')
    for (const address of [host.ip4, host.ip6, host.name]) {
      const { code, stdout, stderr } = await lab.run(ssh(address, 'hostname'))
      assert.deepEqual({ address, code, stdout, stderr }, { address, code: 0, stdout: 'host1\n', stderr: '' })
    }
  })

  test('gives programs their input, environment and a time limit', async () => {
    const answer = await lab.run(['sh', '-c', 'cat; echo "$HOME" >&2; exit 3'], { input: 'in', env: { HOME: '/x' } })
    assert.deepEqual(answer, { code: 3, stdout: 'in', stderr: '/x\n' })
    assert.equal((await host.sh('cat', { input: 'through' })).stdout, 'through')
    const began = Date.now()
    assert.equal((await lab.run(['sleep', '20'], { timeoutMs: 200 })).code, null)
    assert.ok(Date.now() - began < 15_000)
  })

  test('answers prompts under a terminal', async () => {
    const script =
      'test -t 0 && test -t 1 && printf "name? " && read a && printf "sure? " && read b && echo "<$a$b>"; exit 7'
    const answers = [
      { expect: /sure\? $/, send: 'yes\n' },
      { expect: /name\? $/, send: 'anna-\n' },
      { expect: /never/, send: '' },
    ]
    const { code, output, matched } = await lab.pty(['bash', '-c', script], answers)
    assert.equal(code, 7)
    assert.match(output, /<anna-yes>/)
    assert.deepEqual(matched, [1, 1, 0])
    const password = await lab.pty(ssh(host.ip4, 'echo in').slice(3), [{ expect: /password: $/, send: 'lab\n' }])
    assert.deepEqual([password.code, password.matched], [0, [1]])
    const endless = await lab.pty(['sh', '-c', 'trap "" HUP TERM; sleep 30'], [], { timeoutMs: 300 })
    assert.equal(endless.code, null)
  })

  test('reboots: another boot id, files stay, rules and runtime state go', async () => {
    const id = await host.bootId()
    await host.must('echo kept >/root/note; touch /run/gone; nft add table inet gone')
    await host.reboot()
    assert.notEqual(await host.bootId(), id)
    assert.equal(await host.must('cat /root/note'), 'kept\n')
    assert.equal((await host.sh('test ! -e /run/gone && nft list ruleset')).stdout, '')
  })

  test('a reboot asked for from inside is followed too', async () => {
    const { boots } = host
    await lab.run(ssh(host.ip4, 'systemctl reboot'))
    await host.rebooted(boots)
    assert.equal(host.boots, boots + 1)
  })

  test('loses what was not synced when the power goes, and nothing else', async () => {
    await host.must('echo old >/etc/probe; sync')
    await host.must(
      'echo synced >/etc/synced; sync /etc/synced /etc; echo new >/etc/probe.x; mv /etc/probe.x /etc/probe2',
    )
    await host.powerCut()
    assert.equal(await host.must('cat /etc/synced /etc/probe'), 'synced\nold\n')
    assert.notEqual((await host.sh('cat /etc/probe2')).stdout, 'new\n')
  })

  test('keeps what was not synced when it only crashes', async () => {
    await host.must('echo written >/etc/written')
    await host.kill()
    assert.equal(await host.waitForPort(22, 100), false)
    await host.boot()
    assert.equal(await host.must('cat /etc/written'), 'written\n')
  })

  test('can be cut off the network and joined again', async () => {
    // the fastest of some: a busy machine may hold up any of them
    let took = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < 5 && took >= 50; tries += 1) {
      if (tries > 0) await host.mendNetwork()
      const began = performance.now()
      await host.cutNetwork()
      took = Math.min(took, performance.now() - began)
    }
    assert.equal(await host.waitForPort(22, 200), false)
    assert.equal((await host.must('cat /sys/class/net/eth0/carrier')).trim(), '1')
    await host.mendNetwork()
    assert.equal(await host.waitForPort(22), true)
    assert.ok(took < 50, `cutting took ${took} ms`)
  })

  test('one port can be blocked on the way, unseen by the host', async () => {
    await host.must('systemd-run --unit=second /usr/sbin/sshd -D -p 222 -o PidFile=none')
    assert.equal(await host.waitForPort(222), true)
    await host.blockPort(222)
    for (const family of [4, 6] as const) {
      assert.equal(await host.waitForPort(222, 150, family), false)
      assert.equal(await host.waitForPort(22, 10_000, family), true)
    }
    assert.equal(await host.must('nft list ruleset'), '')
    await host.unblockPort(222)
    for (const family of [4, 6] as const) assert.equal(await host.waitForPort(222, 10_000, family), true)
    await host.must('systemctl stop second')
  })

  test('files and /etc can be made unwritable', async () => {
    await host.immutable('/etc/motd', true)
    assert.notEqual((await host.sh('echo x >>/etc/motd')).code, 0)
    await host.immutable('/etc/motd', false)
    assert.equal((await host.sh('echo x >>/etc/motd')).code, 0)
    await host.readOnlyEtc(true)
    assert.match((await host.sh('touch /etc/new')).stderr, /Read-only/)
    assert.notEqual((await lab.run(ssh(host.ip4, 'touch /etc/new'))).code, 0)
    await host.readOnlyEtc(false)
    assert.equal((await host.sh('touch /etc/new')).code, 0)
  })

  test('a full disk takes nothing more, and renames still work', async () => {
    await host.must('echo here >/root/before')
    await host.fillDisk()
    assert.match((await host.sh('head -c 20000 /dev/zero >/root/more')).stderr, /[Nn]o space/)
    assert.equal((await host.sh('mv /root/before /root/after')).code, 0)
    await host.freeDisk()
    assert.equal((await host.sh('head -c 20000 /dev/zero >/root/more')).code, 0)
  })

  test('a reset throws everything away', async () => {
    await host.immutable('/etc/motd', true)
    await host.reset()
    assert.deepEqual(
      (await host.sh('ls /etc/new /etc/synced /root/more; lsattr /etc/motd')).stdout.includes('i---'),
      false,
    )
    assert.equal((await host.sh('test -e /etc/new || test -e /root/more')).code, 1)
    assert.equal((await lab.run(ssh(host.ip4, 'id -u anna'))).stdout, '1000\n')
  })

  test('a snapshot of an untouched host is the same, over a reboot and a login too', async () => {
    const first = await snapshot(host)
    assert.ok(first.files.size > 300 && first.units.size > 100, `${first.files.size} files, ${first.units.size} units`)
    assert.deepEqual(first.listeners, ['0.0.0.0:22 sshd', '[::]:22 sshd'])
    assert.deepEqual(difference(first, await snapshot(host)), [])
    await lab.run(ssh(host.ip4, 'true'))
    await host.reboot()
    assert.deepEqual(difference(first, await snapshot(host)), [])
  })

  test('a snapshot notices a mode, contents, an owner, a link, a unit, a listener and a rule', async () => {
    const first = await snapshot(host)
    await host.must(`chmod 600 /etc/motd; echo '# x' >>/etc/ssh/sshd_config; chown anna /etc/issue
ln -s /nowhere /root/link; rm /etc/issue.net; systemctl stop apt-daily.timer; systemctl disable -q dpkg-db-backup.timer
systemd-run -q --unit=second /usr/sbin/sshd -D -p 222 -o PidFile=none; nft add table inet new`)
    await host.waitForPort(222)
    const lines = difference(first, await snapshot(host))
    for (const expected of [
      /^file \/etc\/motd: file 0644 0:0 (\w+) became file 0600 0:0 \1$/,
      /^file \/etc\/ssh\/sshd_config: .* became/,
      /^file \/etc\/issue: file 0644 0:0 .* became file 0644 1000:0/,
      /^file \/root\/link: added \(link 0:0 -> \/nowhere\)$/,
      /^file \/etc\/issue.net: gone/,
      /^file \/etc\/systemd\/system\/timers.target.wants\/dpkg-db-backup.timer: gone/,
      /^unit apt-daily.timer \(running\): active enabled became inactive enabled$/,
      /^unit dpkg-db-backup.timer: enabled enabled became disabled enabled$/,
      /^listener 0.0.0.0:222 sshd: added/,
      /^rule table inet new/,
    ]) {
      assert.ok(
        lines.some(line => expected.test(line)),
        `${expected} in\n${lines.join('\n')}`,
      )
    }
  })

  test('a second host is another machine in the same network, and stops for good', async () => {
    const other = await lab.host({ suite: 'bookworm', setup })
    assert.equal(await other.waitForPort(22, 10_000, 6), true)
    const id = (one: Host) => one.must('cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub')
    assert.notEqual(await id(host), await id(other))
    assert.equal(
      (await host.sh(`timeout 2 bash -c 'read l </dev/tcp/${other.ip4}/22; echo "$l"'`)).stdout.slice(0, 4),
      'SSH-',
    )
    await other.stop()
    assert.equal(other.running, false)
    assert.equal(await host.waitForPort(22), true)
  })

  test('what an ended process left behind is swept away', async () => {
    const program = `import { Lab } from '${new URL('./index.js', import.meta.url)}'
const lab = await Lab.open('orphan'); await lab.host({ suite: 'trixie', disk: 'ext4' }); console.log(lab.name)
process.kill(process.pid, process.argv[1])`
    const run = (signal: string) =>
      executeSync([process.execPath, '--input-type=module', '-e', program, signal], 60_000)
    const told = run('SIGTERM')
    assert.match(told.stdout, /^rl-orphan-/, told.stderr)
    assert.deepEqual(traces(told.stdout.trim()), [])
    const killed = run('SIGKILL').stdout.trim()
    assert.notDeepEqual(traces(killed), [])
    await (await Lab.open('sweeper')).close()
    assert.deepEqual(traces(killed), [])
  })
})
