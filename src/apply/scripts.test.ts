import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import type { Item, Plan } from '../model/plan.js'
import { guardScript, lib, undoScript } from './lib.js'
import * as scripts from './scripts.js'

const id = '20261125-082048-7wk3'

/** One of each kind, with names and contents that would break a careless shell. */
const items: Item[] = [
  { kind: 'package', stage: 'open', name: 'sudo' },
  {
    kind: 'account-create',
    stage: 'open',
    name: 'anna',
    home: '/home/anna',
    shell: '/bin/bash',
    keys: ["ssh-ed25519 AAAA it's $(me)"],
    password: 'generated',
  },
  {
    kind: 'account-keys',
    stage: 'open',
    name: 'bo',
    path: '/home/bo/.ssh/authorized_keys',
    home: '/home/bo',
    keys: ['k'],
  },
  { kind: 'account-password', stage: 'open', name: 'bo' },
  { kind: 'account-lock', stage: 'close', name: 'admin', expire: true },
  {
    kind: 'file',
    path: '/etc/sudoers.d/zz-riegel-anna',
    mode: 0o440,
    effect: 'none',
    check: 'visudo',
    stages: { open: 'anna ALL=(ALL:ALL) ALL\n' },
  },
  {
    kind: 'file',
    path: '/etc/ssh/sshd_config.d/00-riegel.conf',
    mode: 0o600,
    effect: 'sshd',
    stages: { open: 'Port 22\nPort 301\n', close: "Port 301\nRIEGEL-END\n# it's $HOME `id`\n" },
  },
  { kind: 'file', path: '/root/.ssh/authorized_keys', mode: 0o600, effect: 'none', stages: { close: null } },
  { kind: 'mode', stage: 'close', path: "/home/bo/it's", mode: 0o700, account: 'bo' },
  { kind: 'firewall', stage: 'open', manager: 'ufw', port: 301 },
  { kind: 'firewall', stage: 'open', manager: 'firewalld', port: 301, zone: 'public' },
  {
    kind: 'firewall',
    stage: 'open',
    manager: 'nftables',
    port: 301,
    chains: [{ family: 'inet', table: 'filter', chain: 'input' }],
  },
  { kind: 'service', stage: 'after', unit: 'fail2ban.service' },
  {
    kind: 'file',
    path: '/etc/fail2ban/jail.d/zz.local',
    mode: 0o644,
    effect: 'fail2ban',
    stages: { after: '[sshd]\n' },
  },
]

const plan = {
  items,
  steps: [],
  files: [{ path: "/etc/it's", digest: 'absent' }],
  ports: { before: [22], after: [301] },
  unit: 'ssh.service',
} as unknown as Plan

const terms = { id, lease: 120, limit: 1800, about: '{"who":"it\'s me"}' }

const all: Record<string, string> = {
  lib,
  undo: undoScript(`/var/lib/riegel/${id}`),
  guard: guardScript(`/var/lib/riegel/${id}`),
  staging: scripts.staging(plan, terms),
  arming: scripts.arming(id, 1800),
  running: scripts.running(id, 'open', 30),
  trial: scripts.trialStart(id, 301, 30),
  'trial end': scripts.trialStop(id),
  marking: scripts.marking(id, 'widened', 'proven'),
  renewing: scripts.renewing(id),
  confirming: scripts.confirming(id),
  abandoning: scripts.abandoning(id),
  'taking back': scripts.takingBack(id, 'late', 120),
  holding: scripts.holding(id, 120),
  reading: scripts.reading(id),
  listing: scripts.listing('riegel-0'),
  drifted: scripts.drifted(id, '001', "/etc/it's"),
  merging: scripts.merging(
    id,
    [
      { number: '001', path: "/etc/it's", now: 'a1', content: "it's\n".repeat(40) },
      { number: '002', path: '/etc/b', now: 'a2', content: null },
    ],
    { user: "ro'ot", from: 'host=a' },
  ),
  kept: scripts.kept('riegel-0', id),
  'trial before': scripts.trialBefore(id, 22, 30),
  installing: scripts.installing('sudo'),
  ...Object.fromEntries(items.map((item, at) => [`after ${item.kind} ${at}`, scripts.after(id, at, item)])),
}

describe('what is sent to change a server', () => {
  for (const [name, script] of Object.entries(all))
    test(`${name} is a program to a POSIX shell`, () => {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    })

  test('the scripts that staging writes are programs too, and hold their contents unharmed', () => {
    // run only the here-documents: everything else is replaced by nothing
    const documents = [...all['staging']!.matchAll(/^cat >"\$D\/([\w.]+)" <<'(RIEGEL-END-*)'\n([\s\S]*?)\n\2$/gm)]
    const names = documents.map(found => found[1])
    for (const name of ['lib.sh', 'undo.sh', 'guard.sh', 'open.sh', 'ports.sh', 'close.sh'])
      assert.ok(names.includes(name), name)
    for (const [, name, , content] of documents) {
      if (!name!.endsWith('.sh')) continue
      const { status, stderr } = spawnSync('sh', ['-n'], { input: content, encoding: 'utf8' })
      assert.equal(status, 0, `${name}: ${stderr}`)
    }
  })

  test('no package is installed inside the guarded part, and none of it runs after', () => {
    const { before, guarded, after } = scripts.split(plan)
    assert.deepEqual(
      before.map(([item]) => item.kind),
      ['package'],
    )
    assert.ok(!guarded.some(([item]) => item.kind === 'package' || item.kind === 'service'))
    assert.deepEqual(
      after.map(([item]) => item.kind),
      ['service', 'file'],
    )
    assert.equal(before.length + guarded.length + after.length, items.length)
  })

  test('a listing is read as it was printed; one that was cut off is null', () => {
    const about = { schema: 'riegel.about/1', id, ports: { before: [22], after: [301] } }
    const b64 = (words: string) => Buffer.from(words).toString('base64')
    const printed = `\nT T ${id} armed widened 42\nT A ${b64(JSON.stringify(about))}\nT J ${b64('one\ntwo\n')}\n\nT T 20261126-000000-abcd confirmed proven-again \nT A ${b64('{')}\nT J \nT D 003 changed sshd /etc/a b\n\nT done\n`
    const [first, second] = scripts.readListing('T', printed)!
    assert.deepEqual(
      [first!.state, first!.stage, first!.left, first!.journal],
      ['armed', 'widened', 42, ['one', 'two']],
    )
    assert.equal(first!.about?.id, id)
    assert.equal(second!.about, null, 'a broken about.json is not believed')
    assert.deepEqual(second!.files, [{ number: '003', changed: true, sshd: true, path: '/etc/a b' }])
    assert.equal(scripts.readListing('T', printed.slice(0, -8)), null)
  })

  test('what a transaction kept is read as it was printed; one that was cut off or is too large is null', () => {
    const b64 = (words: string) => `+${Buffer.from(words).toString('base64')}`
    const printed = `\nT S ${b64('{}')}\nT F ${b64('old')} - ${b64('')} /etc/a b\nT M 755 700 /root/c d\n\nT done\n`
    const read = scripts.readKept('T', printed)!
    assert.equal(read.steps, '{}')
    assert.deepEqual(read.files.get('/etc/a b'), { before: Buffer.from('old'), wrote: null, now: Buffer.from('') })
    assert.deepEqual(read.modes.get('/root/c d'), { before: 0o755, now: 0o700 })
    assert.equal(scripts.readKept('T', printed.slice(0, -8)), null)
    const large = printed.replace(b64('old'), b64('x'.repeat(300_000)))
    assert.equal(scripts.readKept('T', large), null)
    assert.equal(scripts.readKept('T', printed.replace(/T S .*/, 'T S -')), null)
  })

  test('what rules wanted is kept beside the transaction, and read again', () => {
    const steps = [{ change: items[4]!, rules: ['names/default-login-account'], says: { de: '', en: '' } }]
    const script = scripts.staging({ ...plan, steps } as unknown as Plan, terms)
    const kept = /^cat >"\$D\/steps.json" <<'RIEGEL-END'\n(.*)\nRIEGEL-END$/m.exec(script)?.[1]
    assert.deepEqual(JSON.parse(kept!).steps, [{ change: items[4], rules: ['names/default-login-account'] }])
  })
})
