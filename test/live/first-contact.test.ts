// The ways in which people first come to a server (issue 8, "Servers as they are"): through a jump host, by
// keyboard-interactive, with an agent that holds ten keys, with a key that may do one thing only.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type Lab, snapshot } from './lab/index.js'
import {
  assertBolted,
  byKey,
  byPassword,
  fingerprint,
  live,
  type Operator,
  rootPassword,
  type Workplace,
  withUser,
  workplace,
} from './support.js'

describe('first contact', { ...live, concurrency: 2 }, () => {
  let place: Workplace
  let lab: Lab
  let operator: Operator

  before(async () => {
    place = await workplace('contact')
    ;({ lab, operator } = place)
  })
  after(() => place.close())

  const hardening = async (host: Host, more: readonly string[] = []): Promise<string[]> => [
    'harden',
    `root@${host.ip4}`,
    '--host-key',
    await fingerprint(host),
    ...['--yes', '--user', 'anna', '--key', operator.key, '--new-port', '301', '--sudo', 'nopasswd', '--lang', 'en'],
    ...['--allow', 'no-console', '--skip', 'upkeep', ...more],
  ]
  /** Two lines on standard error, exit 2, and nothing was touched. */
  const assertRefused = async (host: Host, words: readonly string[], reason: RegExp, hint: RegExp): Promise<void> => {
    const was = await snapshot(host)
    const result = await operator.riegel(words)
    assert.equal(result.code, 2, result.stdout + result.stderr)
    const [said = '', then = '', ...rest] = result.stderr.trimEnd().split('\n')
    assert.match(said, reason)
    assert.match(then, hint)
    assert.deepEqual(rest, [])
    assert.deepEqual(difference(was, await snapshot(host)), [])
  }

  test('through a jump host: the work, and every proof', async () => {
    const [jump, host] = await Promise.all(
      [0, 1].map(() => lab.host({ suite: 'trixie', setup: byKey(operator.keyLine) })),
    )
    const alias = `${operator.home}/jump.conf`
    const known = `UserKnownHostsFile ${operator.home}/.ssh/known_hosts`
    await lab.run([
      'sh',
      '-c',
      `printf '%s\\n' 'Host jump' '  HostName ${jump!.ip4}' '  User root' 'Host *' '  IdentityFile ${operator.home}/.ssh/id_ed25519' '  ${known}' >${alias}`,
    ])
    const first = await operator.ssh(jump!, 'root', 22, 'true')
    assert.equal(first.code, 0, first.stderr)
    const words = await hardening(host!, ['-F', alias, '-J', 'jump', '--allow', 'others-cut-off'])
    const result = await operator.riegel(words)
    assert.equal(result.code, 0, result.stdout + result.stderr)
    await assertBolted(operator, host!, 301)
    const from = await host!.must(
      "journalctl -t sshd -t sshd-session -o cat | grep -o 'Accepted publickey for [a-z]* from [^ ]*' | sort -u",
    )
    assert.match(from, new RegExp(`anna from ${jump!.ip4.replaceAll('.', '\\.')}\\b`))
    await Promise.all([jump!.stop(), host!.stop()])
  })

  test('by keyboard-interactive, typed once', async () => {
    const host = await lab.host({
      suite: 'bookworm',
      setup: `${byPassword}printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication yes\\n' >/etc/ssh/sshd_config.d/10-kbd.conf\n`,
    })
    const words = await hardening(host, operator.files)
    const said = await operator.type(words, [{ expect: /[Pp]assword: /, send: `${rootPassword}\n` }])
    assert.equal(said.code, 0, said.output)
    assert.deepEqual(said.matched, [1], 'it was asked for once')
    await assertBolted(operator, host, 301)
    await host.stop()
  })

  test('an agent with ten keys: named as what it is; with the right one named it works', async () => {
    const host = await lab.host({ suite: 'trixie', setup: byKey(operator.keyLine) })
    const folder = `${operator.home}/ten`
    await lab.run(['mkdir', '-m', '700', folder])
    for (let n = 0; n < 10; n++)
      await lab.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `key ${n}`, '-f', `${folder}/${n}`])
    const all = Array.from({ length: 10 }, (_, n) => `${folder}/${n}`).join(' ')
    const known = ['-o', `UserKnownHostsFile=${operator.home}/.ssh/known_hosts`]
    const inAgent = async (words: readonly string[]) =>
      lab.run(['ssh-agent', 'sh', '-c', `ssh-add -q ${all} && exec "$@"`, 'sh', ...operator.argv(words)], {
        env: operator.env,
        timeoutMs: 120_000,
      })
    const refused = await inAgent(await hardening(host, known))
    assert.equal(refused.code, 2, refused.stdout + refused.stderr)
    assert.match(refused.stderr, /too many keys/)
    assert.match(refused.stderr, /-i .* -o IdentitiesOnly=yes/)
    await new Promise(resolve => setTimeout(resolve, 3000))
    const done = await inAgent(await hardening(host, [...operator.files, '-o', 'IdentitiesOnly=yes']))
    assert.equal(done.code, 0, done.stdout + done.stderr)
    await assertBolted(operator, host, 301)
    const tries = await host.must("sshd -T | sed -n 's/^maxauthtries //p'")
    assert.equal(tries.trim(), '6', 'with so many keys the tries are not made fewer')
    await host.stop()
  })

  test('an operator whose login shell is fish, tcsh or busybox', async () => {
    const shells = { fay: '/usr/bin/fish', tom: '/usr/bin/tcsh', bea: '/usr/local/bin/bb' }
    const users = Object.entries(shells).map(
      ([name, shell]) => `${withUser(name, operator.keyLine, 'NOPASSWD: ALL')}usermod -s ${shell} ${name}\n`,
    )
    const busybox = `printf '#!/bin/sh\\nexec busybox sh "$@"\\n' >/usr/local/bin/bb; chmod 755 /usr/local/bin/bb\n`
    const host = await lab.host({ suite: 'trixie', layers: ['shells'], setup: `${busybox}${users.join('')}` })
    for (const name of Object.keys(shells)) {
      const words = ['harden', `${name}@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host)]
      const more = ['--yes', '--new-port', '301', '--sudo', 'nopasswd', '--lang', 'en', '--skip', 'upkeep']
      const result = await operator.riegel([...words, ...more, '--allow', 'no-console', '--allow', 'others-cut-off'])
      assert.equal(result.code, 0, result.stdout + result.stderr)
      const own = await operator.ssh(host, name, 301, 'sudo -n id -u')
      assert.equal(own.stdout.trim(), '0', own.stderr)
      const undone = await operator.riegel(['undo', `${name}@${host.ip4}`, '-p', '301', ...operator.files, '--yes'])
      assert.equal(undone.code, 0, undone.stdout + undone.stderr)
    }
    await host.stop()
  })

  test("the operator's key may run one command only: refused; with `restrict` it works", async () => {
    const line = operator.keyLine
    const host = await lab.host({ suite: 'trixie', setup: byKey(`command="/bin/date" ${line}`) })
    await assertRefused(host, await hardening(host, operator.files), /no shell answers/, /by hand/)
    await host.must(`sed -i 's/^command="[^"]*"/restrict/' /root/.ssh/authorized_keys`)
    const done = await operator.riegel(await hardening(host, operator.files))
    assert.equal(done.code, 0, done.stdout + done.stderr)
    await assertBolted(operator, host, 301)
    await host.stop()
  })

  test('the wished-for account is there: with a home of somebody else, or the key bound to one command', async () => {
    const line = operator.keyLine
    const setup = `${byKey(line)}useradd -m -s /bin/bash anna; echo 'anna ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/anna; chmod 440 /etc/sudoers.d/anna
mkdir -m 700 /home/anna/.ssh; echo 'command="/bin/date" ${line}' >/home/anna/.ssh/authorized_keys; chmod 600 /home/anna/.ssh/authorized_keys; chown -R anna: /home/anna/.ssh\n`
    const host = await lab.host({ suite: 'trixie', setup })
    await assertRefused(host, await hardening(host, operator.files), /one thing only there: command=/, /--key/)
    await host.must('sed -i \'s/^command="[^"]*" //\' /home/anna/.ssh/authorized_keys; chown daemon: /home/anna')
    const was = await snapshot(host)
    const result = await operator.riegel(await hardening(host, operator.files))
    assert.equal(result.code, 2, result.stdout + result.stderr)
    assert.match(result.stderr, /belongs to daemon/)
    assert.deepEqual(difference(was, await snapshot(host)), [])
    await host.must('chown anna: /home/anna')
    const done = await operator.riegel(await hardening(host, operator.files))
    assert.equal(done.code, 0, done.stdout + done.stderr)
    await assertBolted(operator, host, 301)
    await host.stop()
  })
})
