import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change } from '../model/change.js'
import { beside, dropIn, mainFile } from '../model/drop-in.js'
import type { FileItem } from '../model/plan.js'
import type { RuleId } from '../model/rule.js'
import { merge } from './draft.js'
import { type Done, type Kept, type Without, without } from './without.js'

const id = '20261124-190201-aaaa'
const main = mainFile
const include = 'Include /etc/ssh/sshd_config.d/*.conf\n'
const setting = (keyword: string, value: string, stage: 'open' | 'close' = 'close', matchAll = false): Change => ({
  kind: 'setting',
  stage,
  keyword,
  values: value.split(' '),
  ...(matchAll && { matchAll }),
})
const step = (rule: RuleId, ...changes: Change[]) => changes.map(change => ({ change, rules: [rule] }))

const steps: Done['steps'] = [
  ...step(
    'ports/ssh-default-port',
    { kind: 'firewall', stage: 'open', manager: 'ufw', port: 301 },
    setting('Port', '22 301', 'open'),
    setting('Port', '301'),
    { kind: 'line', stage: 'close', path: main, line: 'Port 22' },
  ),
  ...step('root/ssh-login', setting('PermitRootLogin', 'no', 'close', true)),
  ...step('keys/password-login', setting('PasswordAuthentication', 'no'), setting('UsePAM', 'yes')),
  ...step('keys/hostbased-login', setting('UsePAM', 'yes')),
  ...step('keys/loose-file-modes', { kind: 'mode', stage: 'open', path: '/root/x', mode: 0o600, account: 'root' }),
  ...step('disclosure/login-text', {
    kind: 'file',
    stage: 'close',
    path: '/etc/motd',
    content: 'neutral\n',
    mode: 0o644,
  }),
  ...step('root/keys-left-behind', { kind: 'file', stage: 'close', path: '/root/k', content: null, mode: 0o600 }),
  ...step('upkeep/no-guess-guard', { kind: 'package', stage: 'after', name: 'fail2ban' }),
  ...step('names/default-login-account', { kind: 'account-lock', stage: 'close', name: 'pi', expire: true }),
]
const before: Record<string, string> = {
  [main]: `${include}Port 22\nX11Forwarding no\n`,
  '/etc/motd': 'Debian\n',
  '/root/k': 'key\n',
}
/** The files as the transaction left them, by the code that plans them. */
const wrote = (base: Record<string, string>): Map<string, Kept> => {
  const files = Object.entries(base).map(([path, content]) => ({
    ...{ path, mode: 0o644, owner: 'root', group: 'root', mtime: 0, ctime: 0 },
    lines: content.split('\n'),
  }))
  const items = merge(
    steps.map(one => one.change),
    files,
  ).filter((item): item is FileItem => item.kind === 'file')
  return new Map(
    items.map(({ path, stages }) => {
      const now = (stages.close ?? stages.open ?? null)?.replaceAll('@ID@', id) ?? null
      return [path, { before: base[path] ?? null, wrote: now, now }]
    }),
  )
}
const ports = { before: [22], after: [301] }
const done = (files = wrote(before)): Done => ({
  id,
  steps,
  files,
  modes: new Map([['/root/x', { before: 0o644, now: 0o600 }]]),
  ports,
})
const went = (rules: RuleId[], one = done()): Without => {
  const found = without(one, rules)
  assert.ok('items' in found, JSON.stringify(found))
  return found
}
const content = (found: Without, path: string, stage: 'open' | 'close' = 'close') =>
  found.items.find((item): item is FileItem => item.kind === 'file' && item.path === path)?.stages[stage]
const changed = (path: string, now: (was: string) => string): Done => {
  const files = wrote(before)
  const kept = files.get(path)!
  files.set(path, { ...kept, now: now(kept.now!) })
  return done(files)
}

describe('a transaction without some of its rules', () => {
  test("only that rule's lines go, before and behind a Match", () => {
    const found = went(['root/ssh-login'])
    assert.equal(found.items.length, 1)
    assert.equal(found.ports, null)
    const all = done().files.get(dropIn)!.now!.replaceAll(id, '@ID@')
    assert.equal(content(found, dropIn), all.slice(0, all.indexOf('# a Match')).replace('PermitRootLogin no\n', ''))
    assert.match(content(found, dropIn)!, /^# Written by Riegel \(@ID@\).*@ID@\/undo\.sh\nPort 301\n/)
    assert.doesNotMatch(content(found, dropIn)!, /PermitRootLogin|Match/)
  })

  test('where the settings stand beside the drop-ins: there, and sshd_config keeps the line that reads them', () => {
    const files = wrote({ ...before, [main]: 'Port 22\nX11Forwarding no\n' })
    assert.ok(files.has(beside) && !files.has(dropIn))
    const found = went(['root/ssh-login'], done(files))
    assert.deepEqual(
      found.items.map(item => item.kind === 'file' && item.path),
      [beside],
    )
    const back = went(['ports/ssh-default-port'], done(files))
    assert.match(content(back, beside, 'open')!, /^Port 301\nPort 22\n/m)
    assert.match(content(back, main)!, /^# Riegel: .*\nInclude \/etc\/ssh\/riegel\.conf\nPort 22\n/)
  })

  test('what another rule wanted too stays', () => {
    assert.match(content(went(['keys/password-login']), dropIn)!, /^UsePAM yes$/m)
    assert.deepEqual(went(['keys/hostbased-login']).items, [])
    assert.doesNotMatch(content(went(['keys/password-login', 'keys/hostbased-login']), dropIn)!, /UsePAM/)
  })

  test('what an earlier transaction had set is set again', () => {
    const base = { ...before, [dropIn]: `# Written by Riegel (x)\nPasswordAuthentication yes\n` }
    assert.match(content(went(['keys/password-login'], done(wrote(base))), dropIn)!, /^PasswordAuthentication yes$/m)
  })

  test('the port: both are open first; what the firewall lets in stays and is named', () => {
    const found = went(['ports/ssh-default-port'])
    assert.deepEqual(found.ports, [22])
    assert.match(content(found, dropIn, 'open')!, /^Port 301\nPort 22\n/m)
    assert.doesNotMatch(content(found, dropIn)!, /Port/)
    assert.equal(content(found, main), before[main])
    assert.deepEqual(
      found.stays.map(({ en }) => en),
      ['ufw lets TCP 301 in'],
    )
  })

  test('a file of its own, one that was put aside, a mode', () => {
    assert.equal(content(went(['disclosure/login-text']), '/etc/motd'), 'Debian\n')
    assert.equal(content(went(['root/keys-left-behind']), '/root/k'), 'key\n')
    assert.deepEqual(went(['keys/loose-file-modes']).items, [
      { kind: 'mode', stage: 'close', path: '/root/x', mode: 0o644, account: 'root' },
    ])
    const now = (mode: number) => ({ ...done(), modes: new Map([['/root/x', { before: 0o644, now: mode }]]) })
    assert.deepEqual(went(['keys/loose-file-modes'], now(0o644)).items, [])
    assert.deepEqual(without(now(0o640), ['keys/loose-file-modes']), { tangled: '/root/x' })
  })

  test('a locked account goes only with the whole; a package alone is nothing to take back', () => {
    const found = without(done(), ['names/default-login-account'])
    assert.match('refuse' in found ? found.refuse.en : '', /only with the whole transaction: the account pi is locked/)
    assert.deepEqual(went(['upkeep/no-guess-guard']).items, [])
  })

  test('lines of somebody else stay; a changed line of its own is tangled', () => {
    const added = changed(dropIn, was => was.replace('Port 301\n', 'Port 301\n# mine\n'))
    assert.match(content(went(['root/ssh-login'], added), dropIn)!, /^Port 301\n# mine$/m)
    const edited = changed(dropIn, was => was.replaceAll('PermitRootLogin no', 'PermitRootLogin yes'))
    assert.deepEqual(without(edited, ['root/ssh-login']), { tangled: dropIn })
    assert.equal('items' in without(edited, ['keys/password-login']), true)
    const again = done(new Map(wrote(before)).set('/root/k', { before: 'key\n', wrote: null, now: 'other\n' }))
    assert.deepEqual(without(again, ['root/keys-left-behind']), { tangled: '/root/k' })
  })

  test('a later transaction has signed the drop-in, and one rule is gone already', () => {
    const once = went(['ports/ssh-default-port'])
    const files = wrote(before)
    for (const item of once.items)
      if (item.kind === 'file')
        files.set(item.path, {
          ...files.get(item.path)!,
          now: item.stages.close!.replaceAll('@ID@', '20261125-080000-bbbb'),
        })
    assert.deepEqual(went(['ports/ssh-default-port'], done(files)).items, [])
    assert.match(content(went(['root/ssh-login'], done(files)), dropIn)!, /^# Written by Riegel \(@ID@\)/)
  })

  test('what Riegel would not have written is not believed', () => {
    const files = wrote(before)
    files.set(dropIn, { ...files.get(dropIn)!, wrote: 'Port 1\n' })
    assert.deepEqual(without(done(files), ['root/ssh-login']), { tangled: dropIn })
  })
})
