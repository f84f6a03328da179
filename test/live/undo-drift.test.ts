// Issue 8, undo with drift: files that somebody changed since, one rule only, several transactions one on the other.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type Snapshot, snapshot } from './lab/index.js'
import { byKey, fingerprint, live, nftables, type Operator, outcome, type Workplace, workplace } from './support.js'

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

  interface Past {
    readonly id: string
    readonly state: string
    readonly about: { readonly takesBack?: string; readonly rules: readonly string[] }
  }
  const history = async (port: number): Promise<Past[]> => {
    const words = ['history', `anna@${host.ip4}`, '-p', String(port), ...operator.files, '--format', 'json']
    return JSON.parse((await operator.riegel(words)).stdout).transactions
  }
  const root = async (port: number) => (await operator.ssh(host, 'root', port, 'id -un')).stdout.trim()

  test('one rule only: the port goes back, all else stays; then the whole, in its order', async () => {
    await fresh()
    assert.equal((await harden('root', 22, ['--new-port', '301'])).code, 0)
    const hardened = await snapshot(host)
    const unknown = await undo(301, ['--only', 'keys/hostbased-login'])
    assert.equal(unknown.code, 2)
    assert.match(
      unknown.stderr,
      /No transaction that stands did that: keys\/hostbased-login\n.*There are: .*root\/ssh-login/,
    )
    const account = await undo(301, ['--only', 'root/no-ordinary-admin', '--format', 'json'])
    assert.equal(account.code, 2)
    assert.match(outcome(account).reason?.en ?? '', /only with the whole transaction: the account anna is the way in/)
    const plan = await undo(301, ['--only', 'ports/ssh-default-port', '--plan'])
    assert.equal(plan.code, 0, plan.stderr)
    assert.match(plan.stdout, /SSH on port 22 again/)
    assert.match(plan.stdout, /^ {2}- Port 301$/m)
    assert.deepEqual(difference(hardened, await snapshot(host)), [])

    await host.blockPort(22)
    const blocked = await undo(301, ['--only', 'ports/ssh-default-port', '--format', 'json'])
    await host.unblockPort(22)
    assert.equal(blocked.code, 3, blocked.stderr)
    assert.deepEqual(difference(hardened, await snapshot(host)), [], 'as hardened')

    const part = await undo(301, ['--only', 'ports/ssh-default-port', '--format', 'json'])
    assert.equal(part.code, 0, `${part.stderr}${part.stdout}`)
    assert.equal(outcome(part).state, 'confirmed')
    assert.equal((await operator.ssh(host, 'anna', 22, 'sudo id -un')).stdout.trim(), 'root')
    assert.equal(await root(22), '', 'root stays out')
    assert.equal(await host.must('ss -Htln sport = :301'), '')
    const verdicts = new Map(outcome(part).after?.findings.map(one => [one.rule, one.verdict]))
    assert.equal(verdicts.get('ports/ssh-default-port'), 'fail')
    assert.equal(verdicts.get('root/ssh-login'), 'pass')
    const again = await undo(22, ['--only', 'ports/ssh-default-port', '--format', 'json'])
    assert.equal(outcome(again).state, 'nothing-to-do', again.stderr)

    const [first, second] = (await history(22)).filter(({ state }) => state === 'confirmed')
    assert.deepEqual(second?.about.rules, ['ports/ssh-default-port'])
    assert.equal(second?.about.takesBack, first?.id)
    const early = await undo(22, [first!.id])
    assert.equal(early.code, 2)
    assert.match(early.stderr, new RegExp(`must go back first: ${second!.id}\n`))
    const one = await undo(22)
    assert.equal(one.code, 0, one.stderr)
    assert.deepEqual(difference(hardened, await snapshot(host)), [], 'as hardened')
    const two = await undo(301, [first!.id, '--format', 'json'])
    assert.equal(two.code, 0, two.stderr)
    assert.deepEqual(difference(was, await snapshot(host)), [])
  })

  test('several transactions, and one rule of the oldest; back in their order', async () => {
    await fresh()
    assert.equal((await harden('root', 22, ['--new-port', '301', '--only', 'ports', '--only', 'root'])).code, 0)
    assert.equal((await harden('anna', 301, ['--new-port', '302'])).code, 0)
    const hardened = await snapshot(host)
    const [oldest] = await history(302)
    const port = await undo(302, [oldest!.id, '--only', 'ports/ssh-default-port', '--format', 'json'])
    assert.equal(port.code, 2, port.stdout)
    assert.match(outcome(port).reason?.en ?? '', /changed since|other ports by now/)
    const part = await undo(302, ['--only', 'root/ssh-login', '--lease', '60', '--format', 'json'])
    assert.equal(part.code, 0, `${part.stderr}${part.stdout}`)
    assert.match(await host.must('sshd -T'), /permitrootlogin (without-password|prohibit-password)/)
    assert.match(await host.must('sshd -T'), /passwordauthentication no/)
    const past = await history(302)
    assert.equal(past.length, 3)
    const order = past.map(({ id }) => id).reverse()
    const early = await undo(302, [order[2]!, '--format', 'json'])
    assert.equal(early.code, 2)
    assert.match(early.stderr, new RegExp(`must go back first: ${order[0]}, ${order[1]}"`))
    const states = async (port: number) => (await history(port)).map(({ state }) => state)
    assert.equal((await undo(302)).code, 0)
    assert.deepEqual(difference(hardened, await snapshot(host)), [], 'as hardened')
    assert.deepEqual(await states(302), ['confirmed', 'confirmed', 'rolled-back'])
    assert.equal((await undo(302)).code, 0)
    assert.deepEqual(await states(301), ['confirmed', 'rolled-back', 'rolled-back'])
    assert.equal((await undo(301, ['--lease', '30', '--format', 'json'])).code, 0)
    assert.deepEqual(difference(was, await snapshot(host)), [])
  })

  test('the client dies before the old way is proven: after the lease both ways stay, and undo goes on', async () => {
    await fresh()
    assert.equal((await harden('root', 22, ['--new-port', '301'])).code, 0)
    await host.must(`echo '# mine' >>${sudoers}`)
    const words = [
      'undo',
      `anna@${host.ip4}`,
      '-p',
      '301',
      ...operator.files,
      '--yes',
      '--lease',
      '5',
      '--format',
      'json',
    ]
    const client = operator.startRiegel(words)
    const state = (name: string) =>
      host.must(`i=0; until ls /var/lib/riegel/*/${name}; do i=$((i+1)); [ $i -lt 600 ]; sleep 0.1; done`)
    await state('hold')
    client.kill('SIGKILL')
    await state('stuck')
    assert.equal(await root(22), 'root')
    assert.equal((await operator.ssh(host, 'anna', 22, 'sudo id -un')).stdout.trim(), 'root')
    const again = await undo(22)
    assert.equal(again.code, 0, `${again.stderr}${again.stdout}`)
    assert.deepEqual(
      difference(was, await snapshot(host)).map(line => line.split(':')[0]),
      [`file ${sudoers}`],
    )
    assert.equal(await host.must(`cat ${sudoers}`), '# mine\n')
  })

  test("a packet filter's file: somebody else's rule stays, Riegel's goes", async () => {
    await host.reset()
    await operator.lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
    await host.must(`cat >/etc/nftables.conf <<'END'\n${nftables}END\nsystemctl -q enable --now nftables`)
    const before = await snapshot(host)
    assert.equal((await harden('root', 22, ['--new-port', '301'])).code, 0)
    const rule = 'insert rule inet filter input tcp dport 443 accept'
    await host.must(`echo '${rule}' >>/etc/nftables.conf`)
    const back = await undo(301)
    assert.equal(back.code, 0, `${back.stderr}${back.stdout}`)
    const left = await host.must('cat /etc/nftables.conf')
    assert.ok(left.startsWith(nftables) && left.trimEnd().endsWith(rule), left)
    assert.doesNotMatch(left, /301|riegel/)
    assert.deepEqual(
      difference(before, await snapshot(host)).map(line => line.split(':')[0]),
      ['file /etc/nftables.conf'],
    )
  })
})
