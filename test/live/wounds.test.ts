// What a hostile reader found: ways in which taking back could have shut the owner out. Each keeps a way open now.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hardening, reached, stateOf } from './fault-table.js'
import { difference, type Host, snapshot } from './lab/index.js'
import { sleep } from './lab/tools.js'
import { byKey, fingerprint, live, outcome, type Workplace, withUser, workplace } from './support.js'

const dropIn = '/etc/ssh/sshd_config.d/00-riegel.conf'

describe('taking back never shuts out', live, () => {
  let place: Workplace
  let host: Host

  before(async () => {
    place = await workplace('wounds')
    host = await place.lab.host({ suite: 'trixie', setup: byKey(place.operator.keyLine), disk: 'ext4', sizeMb: 400 })
  })
  after(() => place.close())

  const fresh = async () => {
    await host.reset()
    await place.lab.run(['rm', '-f', `${place.operator.home}/.ssh/known_hosts`])
  }
  const settled = async () => {
    const deadline = Date.now() + 60_000
    while (Date.now() < deadline && ['armed', 'undoing', 'confirming'].includes(stateOf(host))) await sleep(100)
    return stateOf(host)
  }
  /** Hardens until a state is reached, does something to the host at that instant, and kills the client. */
  const killedAt = async (state: 'staged' | 'narrowed' | 'widened', harm: () => Promise<unknown>) => {
    const client = place.operator.startRiegel(await hardening(place.operator, host))
    let over = false
    const ended = client.done.then(() => {
      over = true
    })
    assert.notEqual(await reached(host, state, () => over, 60_000), null, `${state} was reached`)
    client.kill()
    await harm()
    await ended
  }
  const anna = (port: number, command = 'sudo -n id -u') => place.operator.ssh(host, 'anna', port, command)
  const root = (port: number) => place.operator.ssh(host, 'root', port, 'id -u')
  const isIn = async (attempt: Promise<{ stdout: string }>) => (await attempt).stdout.trim().endsWith('0')

  test('the drop-in cannot be put back: stuck, and the new way stays', async () => {
    await killedAt('narrowed', () => host.immutable(dropIn, true))
    assert.equal(await settled(), 'stuck')
    assert.ok(await isIn(anna(301)), 'the new account gets in and becomes root')
    await host.immutable(dropIn, false)
    assert.match(
      await host.must('riegelundo || sh /var/lib/riegel/*/undo.sh'),
      /rolled-back/,
      'once more takes the rest back',
    )
    assert.ok(await isIn(root(22)))
  })

  test('the same, and the server is rebooted', async () => {
    await fresh()
    await killedAt('narrowed', async () => {
      await host.immutable(dropIn, true)
      await host.reboot({ port: 301 })
    })
    await settled()
    assert.ok(await isIn(anna(301)), 'the new account gets in and becomes root')
    await host.immutable(dropIn, false)
  })

  test('the disk is full: everything is taken back all the same', async () => {
    await fresh()
    const was = await snapshot(host)
    await killedAt('narrowed', () => host.fillDisk())
    assert.equal(await settled(), 'rolled-back')
    await host.freeDisk()
    assert.ok(await isIn(root(22)))
    assert.deepEqual(difference(was, await snapshot(host)), [])
  })

  test('no inode is left, by the hand of nobody: everything is taken back all the same', async () => {
    await fresh()
    const take = `mkdir -m 777 /var/tmp/x; setpriv --reuid 65534 --regid 65534 --clear-groups perl -e 'my $i=0; while(open(my $f,">","/var/tmp/x/$i")){close $f;$i++}'`
    await killedAt('narrowed', () => host.sh(take, { timeoutMs: 60_000 }))
    assert.equal(await settled(), 'rolled-back')
    assert.ok(await isIn(root(22)))
  })

  test('confirmed is confirmed, whoever of the guard or a late client comes', async () => {
    await fresh()
    const done = await place.operator.riegel(await hardening(place.operator, host))
    assert.equal(done.code, 0, done.stderr)
    const was = await snapshot(host)
    for (const mode of ['guard', 'client', 'boot', 'finish']) {
      assert.equal((await host.must(`sh /var/lib/riegel/*/undo.sh ${mode}`)).trim(), 'confirmed')
      assert.equal(stateOf(host), 'confirmed')
    }
    assert.deepEqual(difference(was, await snapshot(host)), [])
  })

  test('the power went between the two names of a confirmation: it holds, and the guard goes', async () => {
    await host.must(
      `D=$(echo /var/lib/riegel/*/) && cp -dR $D/guard.d/. /etc/systemd/system/ && mv $D/confirmed $D/confirming && sync`,
    )
    await host.reboot({ port: 301 })
    assert.equal(stateOf(host), 'confirmed')
    assert.equal((await host.sh('ls /etc/systemd/system/riegel-guard.service')).code, 2, 'the guard is gone')
    assert.ok(await isIn(anna(301)))
  })

  test('a later transaction stands on an earlier one: the earlier is not pulled away from under it', async () => {
    const first = (await host.must('ls /var/lib/riegel | grep -v lock')).trim()
    const more = [...(await hardening(place.operator, host)).slice(2), '--allow', 'others-cut-off']
    const at = more.indexOf('301')
    const again = await place.operator.riegel([
      'harden',
      `anna@${host.ip4}`,
      '-p',
      '301',
      ...more.map((word, n) => (n === at ? '302' : word)),
    ])
    assert.equal(again.code, 0, again.stderr)
    const was = await snapshot(host)
    const undo = await place.operator.riegel([
      'undo',
      `anna@${host.ip4}`,
      first,
      '-p',
      '302',
      ...place.operator.files,
      '--yes',
      '--format',
      'json',
    ])
    assert.equal(undo.code, 2, undo.stdout)
    assert.equal(outcome(undo).state, 'refused')
    assert.deepEqual(difference(was, await snapshot(host)), [])
  })

  test('the port was kept and the old key is lost: the new account stays', async () => {
    await fresh()
    const words = (await hardening(place.operator, host)).map(word => (word === '301' ? 'keep' : word))
    const done = await place.operator.riegel(words)
    assert.equal(done.code, 0, done.stderr)
    // root's key that would come back is somebody else's now
    await host.must(`sed -i 's/^ssh-ed25519 AAAA/ssh-ed25519 BBBB/' /var/lib/riegel/*/old-*`)
    const undo = await place.operator.riegel([
      'undo',
      `anna@${host.ip4}`,
      ...place.operator.files,
      '--yes',
      '--format',
      'json',
    ])
    assert.equal(undo.code, 4, undo.stderr)
    assert.equal(outcome(undo).state, 'stuck')
    assert.ok(await isIn(anna(22)), 'anna still gets in and becomes root')
  })

  test('the folder of drop-ins is a link: what is written aside is not written through it', async () => {
    await fresh()
    await host.must(
      'mv /etc/ssh/sshd_config.d /srv/parts && ln -s /srv/parts /etc/ssh/sshd_config.d && systemctl restart ssh',
    )
    assert.ok(await host.waitForPort(22))
    const was = await snapshot(host)
    await killedAt('staged', async () => {})
    assert.equal(stateOf(host), 'staged')
    // the journal, and the private folder beside the target
    const ours = (line: string) => /\/var\/lib\/riegel|\/\.riegel-/.test(line)
    assert.deepEqual(
      difference(was, await snapshot(host)).filter(line => !ours(line)),
      [],
    )
    assert.match(
      await host.must('sshd -T | grep -E "^(port|permitrootlogin) "'),
      /port 22\npermitrootlogin (without-password|prohibit-password)/,
    )
    assert.equal((await host.must('ls /srv/parts')).trim(), '')
    await host.reboot()
    assert.ok(await isIn(root(22)))
  })

  test('a full disk does not empty the keys of an account that was there', async () => {
    const other = await place.lab.host({
      suite: 'trixie',
      setup: `${byKey(place.operator.keyLine)}${withUser('anna', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ5YmFkeWJhZHliYWR5YmFkeWJhZHliYWR5YmFkeWJh mine', 'NOPASSWD: ALL')}`,
      disk: 'ext4',
      sizeMb: 400,
    })
    const print = await fingerprint(other)
    const words = (await hardening(place.operator, host)).map(word =>
      word === `root@${host.ip4}` ? `root@${other.ip4}` : word,
    )
    const key = words.indexOf('--host-key')
    const client = place.operator.startRiegel(words.map((word, n) => (n === key + 1 ? print : word)))
    let over = false
    const ended = client.done.then(() => {
      over = true
    })
    assert.notEqual(await reached(other, 'widened', () => over, 60_000), null)
    client.kill()
    await other.fillDisk()
    await ended
    const deadline = Date.now() + 60_000
    while (Date.now() < deadline && ['armed', 'undoing'].includes(stateOf(other))) await sleep(100)
    await other.freeDisk()
    assert.match(await other.must('cat /home/anna/.ssh/authorized_keys'), /mine/)
    assert.equal((await place.operator.ssh(other, 'root', 22, 'id -u')).stdout.trim(), '0')
    await other.stop()
  })
})
