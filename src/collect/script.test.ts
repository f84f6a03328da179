import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { debian, facts, onSocket } from '../../test/fixtures/facts.js'
import { type Facts, unseen } from '../model/facts.js'
import { rules } from '../rules/index.js'
import { judgeAll } from '../rules/judge.js'
import { prelude } from './prelude.js'
import { lookScript, readLooks, staleness } from './script.js'

describe('the script of the looks', () => {
  test('is a program to a POSIX shell, for both occasions and for one look', () => {
    for (const script of [
      lookScript('T', 'audit'),
      lookScript('T', 'harden'),
      lookScript('T', 'harden', 'effective'),
    ]) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    }
  })
  test('what audit does not need is not asked', () => {
    assert.ok(!lookScript('T', 'audit').includes('look_nextBoot'))
    assert.ok(lookScript('T', 'harden').includes('look_nextBoot'))
  })
})

describe('what runs as somebody else', () => {
  const asked = (stubs: string) => {
    const ask = `as anna sh -c 'echo "token:$RIEGEL_TOKEN"; for fd in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || echo "open: $fd"; done'`
    const { stdout } = spawnSync('sh', ['-c', `${prelude}\n${stubs}\nid() { echo 1; }\n${ask}`], {
      encoding: 'utf8',
      env: { ...process.env, RIEGEL_TOKEN: 'secret', RIEGEL_UID: '0' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    })
    return stdout
  }
  const only = (name: string) => `have() { [ $1 = ${name} ]; }`
  test('holds neither the token nor the way on which answers go, but the groups that sshd would read with', () => {
    assert.equal(
      asked(`setpriv() { echo "$*" | sed "s/ -- .*//"; while [ "$1" != -- ]; do shift; done; shift; "$@"; }`),
      '--reuid anna --regid 1 --init-groups\ntoken:\n',
    )
  })
  test('with what a small system has for it, too', () => {
    assert.equal(asked(`${only('runuser')}\nrunuser() { shift 3; "$@"; }`), 'token:\n')
    assert.equal(
      asked(`${only('su')}\nsu() { [ "$5 $6" = "-- anna" ] && c=$4 && shift 6 && sh -c "$c" "$@"; }`),
      'token:\n',
    )
  })
})

describe('two rows of looks', () => {
  const looked = (stubs: string, changed = (script: string) => script) => {
    const script = changed(lookScript('T', 'audit'))
      .replace('timeout -s KILL 10', 'timeout -s KILL 1')
      .replace('timeout -s KILL "$2"', 'timeout -s KILL 3')
      .replace('\nbegin() {', `\n${stubs}\nbegin() {`)
    const { stdout } = spawnSync('sh', { input: script, encoding: 'utf8', env: { PATH: process.env['PATH'] } })
    return readLooks('T', stdout)
  }
  test('where one hangs, the others are asked again and it alone is a timeout', () => {
    const sections = looked('look_reboot() { sleep 30; }')
    assert.deepEqual(sections.reboot, { seen: false, why: 'timeout', detail: 'exit 137' })
    assert.ok(sections.system.seen, JSON.stringify(sections.system))
    assert.ok(sections.loginText.seen || sections.loginText.why !== 'truncated')
  })
  test('what takes no notice of a polite end is ended all the same, and soon', () => {
    const began = performance.now()
    const sections = looked(`look_reboot() { sh -c 'trap "" TERM; sleep 60'; }`)
    assert.equal(sections.reboot.seen ? '' : sections.reboot.why, 'timeout')
    assert.ok(sections.system.seen, JSON.stringify(sections.system))
    assert.ok(performance.now() - began < 50_000, `${performance.now() - began} ms`)
  })
  test('what might take longer than the client waits is not asked again, and says so', () => {
    const late = (script: string) => script.replace('-gt 100', '-gt 20')
    const sections = looked('look_updates() { sleep 30; }\nlook_clock() { sleep 30; }', late)
    // 25 seconds are allowed to the one, 8 to the other
    assert.deepEqual(sections.updates, { seen: false, why: 'timeout', detail: 'exit 124' })
    assert.deepEqual(sections.clock, { seen: false, why: 'timeout', detail: 'exit 137' })
  })
  test('where systemd hangs, what does not need it is seen all the same', () => {
    const sections = looked('ask_units() { sleep 30; }')
    assert.ok(sections.system.seen, JSON.stringify(sections.system))
    assert.equal(sections.clock.seen ? '' : sections.clock.why, 'timeout')
  })
})

describe('readLooks', () => {
  const clock = 'service=systemd-timesyncd\nactive=yes\nsynchronised=yes\ntimesyncd=yes\n'
  const framed = (name: string, body: string, status: number) => `\nT begin ${name}\n${body}\nT end ${name} ${status}\n`

  test('a section whose end is missing is truncated, and so is all that never came', () => {
    const sections = readLooks('T', `\nT begin clock\n${clock}`)
    assert.deepEqual(sections.clock, { seen: false, why: 'truncated' })
    assert.equal(sections.sshd.seen ? '' : sections.sshd.why, 'truncated')
  })
  for (const [status, why] of [
    [77, 'denied'],
    [78, 'missing-tool'],
    [124, 'timeout'],
    [137, 'timeout'],
    [75, 'truncated'],
    [1, 'unparsable'],
  ] as const)
    test(`status ${status} is ${why}, never seen`, () => {
      const { clock: section } = readLooks('T', `${framed('clock', clock, status)}\nT done\n`)
      assert.ok(!section.seen)
      assert.equal(section.why, why)
    })
  test('more than any look prints reaches no parser', () => {
    const accounts = Array.from({ length: 50_000 }, (_, n) => `A\ta${n}\t0\t0\t/\t/bin/sh\tyes\nG\tg${n}\t${n}\tx`)
    for (const [name, body] of [
      ['accounts', accounts.join('\n')],
      ['clock', clock.repeat(40_000)],
      ['clock', `${clock}${'x'.repeat(300_000)}\n`],
      ['clock', `${clock}${'a=b\n'.repeat(3_000_000)}`],
    ] as const) {
      const began = performance.now()
      const section = readLooks('T', `${framed(name, body, 0)}\nT done\n`)[name]
      assert.deepEqual(section, { seen: false, why: 'truncated', detail: 'too large' })
      assert.ok(performance.now() - began < 60_000)
    }
  })
  test('nonsense is unparsable; a forged frame with another token is only text', () => {
    const { clock: section } = readLooks(
      'T',
      `\nX begin clock\nX end clock 0\n${framed('clock', 'nonsense', 0)}\nT done\n`,
    )
    assert.equal(section.seen ? '' : section.why, 'unparsable')
  })
  test('what had ended and is answered once more is unparsable; what hung and was asked again counts', () => {
    const good = framed('clock', clock, 0)
    const forged = readLooks('T', `${good}${framed('clock', clock.replace('yes', 'no'), 0)}\nT done\n`)
    assert.deepEqual(forged.clock, { seen: false, why: 'unparsable', detail: 'answered twice' })
    assert.ok(readLooks('T', `\nT begin clock\nservice=\n${good}\nT done\n`).clock.seen)
  })
  test('where sshd refuses its own files, that is the reason of all that had to ask it', () => {
    const sshd = 'version=OpenSSH_10.0p2\nnow=2\nuptime=1\nvalid=no\ncomplaint=line 1: Bad option\nstart-options='
    const answer = `${framed('sshd', sshd, 0)}${framed('effective', '', 70)}${framed('clock', '', 1)}\nT done\n`
    const { effective, clock: other } = readLooks('T', answer)
    assert.deepEqual(effective, { seen: false, why: 'broken-config', detail: 'line 1: Bad option' })
    assert.equal(other.seen ? '' : other.why, 'unparsable')
  })
  test('what was not asked, in an answer that is whole, was not looked at', () => {
    const { journal } = readLooks('T', '\nT done\n')
    assert.deepEqual(journal, { seen: false, why: 'not-looked' })
  })
})

describe('staleness', () => {
  const { sshd } = debian
  const of = (changed: Partial<typeof sshd>) => staleness(facts({ sshd: { ...sshd, ...changed } }).sections)
  test('a newer file or folder, or a daemon that does not run by its files', () => {
    assert.equal(of({}), null)
    assert.equal(of({ files: [{ ...sshd.files[0]!, ctime: 1_795_500_001 }] }), '/etc/ssh/sshd_config')
    assert.equal(of({ directories: [{ ...sshd.directories[1]!, mtime: 1_795_500_001 }] }), '/etc/ssh/sshd_config.d')
    assert.equal(of({ daemons: [{ pid: 100, args: ['/usr/sbin/sshd', '-4p22'] }] }), 'sshd: /usr/sbin/sshd -4p22')
  })
  test('a socket that starts sshd for each connection has nothing stale', () => {
    const socket = { ...sshd.units[0]!, name: 'ssh.socket', mainPid: 0 }
    assert.equal(of({ daemons: [], units: [socket, { ...sshd.units[0]!, active: 'inactive' }] }), null)
  })
  test('a socket that starts one daemon: what it read at its start, however long ago', () => {
    const running = { ...onSocket(), files: [{ ...sshd.files[0]!, ctime: 1_795_500_001 }] }
    assert.equal(of(running), '/etc/ssh/sshd_config')
    assert.equal(of({ ...running, units: running.units.map(unit => ({ ...unit, changedAt: 1_795_500_002 })) }), null)
  })
  test('the reason says which of both it is', () => {
    const because = (detail: string): string => {
      const seen = facts()
      const dark: Facts = { ...seen, sections: { ...seen.sections, effective: unseen('stale', detail) } }
      return judgeAll(rules, dark).find(({ rule }) => rule.id === 'root/ssh-login')!.finding.because!.en
    }
    assert.match(because('/etc/ssh/sshd_config'), /the files were changed since sshd read them/)
    assert.match(because('sshd: /usr/sbin/sshd -p 2'), /does not run by its files alone here: \/usr\/sbin\/sshd -p 2$/)
  })
})
