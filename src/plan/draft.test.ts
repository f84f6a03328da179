import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { debian } from '../../test/fixtures/facts.js'
import type { Change } from '../model/change.js'
import { beside, dropIn, mainFile } from '../model/drop-in.js'
import { Conflict, merge } from './draft.js'

const set = (keyword: string, values: string[], stage: 'open' | 'close', matchAll = false): Change => ({
  kind: 'setting',
  stage,
  keyword,
  values,
  matchAll,
})
const files = debian.sshd.files
const written = (changes: readonly Change[], seen = files) => {
  const item = merge(changes, seen).find(one => one.kind === 'file' && one.path === dropIn)
  assert.ok(item?.kind === 'file')
  return item.stages
}
const body = (content: string | null | undefined): string => (content ?? '').replace(/^#.*\n/, '')

describe('merge', () => {
  test('all settings become one file with a form per stage; what opens is in both', () => {
    const stages = written([
      set('Port', ['22', '301'], 'open'),
      set('Port', ['301'], 'close'),
      set('PermitRootLogin', ['no'], 'close'),
    ])
    assert.equal(body(stages.open), 'Port 22\nPort 301\n')
    assert.equal(body(stages.close), 'Port 301\nPermitRootLogin no\n')
    assert.match(stages.open ?? '', /^# Written by Riegel \(@ID@\)\. To take it back: /)
  })
  test('two rules that want the same say it once; two that differ are a mistake, named', () => {
    const same = [set('PermitRootLogin', ['no'], 'close'), set('PermitRootLogin', ['no'], 'close')]
    assert.equal(body(written(same).close), 'PermitRootLogin no\n')
    assert.throws(() => written([set('MaxAuthTries', ['3'], 'close'), set('MaxAuthTries', ['4'], 'close')]), Conflict)
  })
  test('against a Match only Match all wins, at the end', () => {
    const stages = written([set('PasswordAuthentication', ['no'], 'close', true), set('DebianBanner', ['no'], 'close')])
    const form = /^PasswordAuthentication no\nDebianBanner no\n# .*\nMatch all\n {2}PasswordAuthentication no\n$/
    assert.match(body(stages.close), form)
    // and the next run writes the same again
    const seen = [...files, { ...files[0]!, path: dropIn, lines: (stages.close ?? '').split('\n') }]
    assert.equal(
      body(written([set('DebianBanner', ['no'], 'close')], seen).close).match(/PasswordAuthentication/g)?.length,
      2,
    )
  })
  test('what an earlier run wrote stays, unless it is set anew', () => {
    const seen = [...files, { ...files[0]!, path: dropIn, lines: ['# old', 'Port 301', 'MaxAuthTries 4', ''] }]
    const stages = written([set('Port', ['301', '302'], 'open'), set('Port', ['302'], 'close')], seen)
    assert.equal(body(stages.open), 'MaxAuthTries 4\nPort 301\nPort 302\n')
    assert.equal(body(stages.close), 'MaxAuthTries 4\nPort 302\n')
  })
  test('what is set to nothing goes, and a Match with nothing in it goes with it', () => {
    const own = (keyword: string, values: string[]): Change =>
      ({ ...set(keyword, values, 'close'), match: 'User anna' }) as Change
    const before = written([set('MaxAuthTries', ['4'], 'close'), own('PubkeyAuthOptions', ['verify-required'])])
    assert.equal(body(before.close), 'MaxAuthTries 4\nMatch User anna\n  PubkeyAuthOptions verify-required\n')
    const seen = [...files, { ...files[0]!, path: dropIn, lines: (before.close ?? '').split('\n') }]
    assert.equal(body(written([own('PubkeyAuthOptions', [])], seen).close), 'MaxAuthTries 4\n')
    assert.equal(body(written([own('PubkeyAuthOptions', [])]).close), '')
  })
  test('where drop-ins are not read first, a file of its own is, by a line before everything else', () => {
    const main = { ...files[0]!, lines: ['# of mine', 'Port 22', 'Include /etc/ssh/sshd_config.d/*.conf', ''] }
    const changes: Change[] = [
      set('Port', ['301'], 'open'),
      set('Port', ['301'], 'close'),
      { kind: 'line', stage: 'close', path: mainFile, line: 'Port 22' },
    ]
    const items = merge(changes, [main])
    assert.deepEqual(
      items.map(item => item.kind === 'file' && [item.path, Object.keys(item.stages)]),
      [
        [beside, ['open', 'close']],
        [mainFile, ['open', 'close']],
      ],
    )
    const [, told] = items
    assert.ok(told?.kind === 'file')
    const top = '# Riegel: first, since for each keyword the first value counts\nInclude /etc/ssh/riegel.conf\n'
    assert.equal(told.stages.open, `${top}# of mine\nPort 22\nInclude /etc/ssh/sshd_config.d/*.conf\n`)
    assert.equal(told.stages.close, `${top}# of mine\n#riegel Port 22\nInclude /etc/ssh/sshd_config.d/*.conf\n`)
    // and what it was told once it knows
    const again = merge(
      [set('MaxAuthTries', ['4'], 'close')],
      [
        { ...main, lines: (told.stages.close ?? '').split('\n') },
        { ...main, path: beside, lines: ['Port 301', ''] },
      ],
    )
    assert.deepEqual(
      again.map(item => item.kind === 'file' && [item.path, body(item.stages.close)]),
      [[beside, 'Port 301\nMaxAuthTries 4\n']],
    )
  })
  test('a drop-in that sorts earlier does not outrank it', () => {
    const seen = [
      ...files,
      { ...files[0]!, path: '/etc/ssh/sshd_config.d/00-a.conf', lines: ['PermitRootLogin yes', ''] },
    ]
    const items = merge([set('PermitRootLogin', ['no'], 'close')], seen)
    assert.deepEqual(
      items.map(item => item.kind === 'file' && [item.path, Object.keys(item.stages)]),
      [
        [beside, ['close']],
        [mainFile, ['close']],
      ],
    )
  })
  test('a line that adds up is commented out, everything else of its file stays as it was', () => {
    const path = '/etc/ssh/sshd_config'
    const seen = [{ ...files[0]!, lines: ['Port 22', 'UsePAM yes', '# Port 22', ''] }]
    const [item] = merge([{ kind: 'line', stage: 'close', path, line: 'Port 22' }], seen)
    assert.ok(item?.kind === 'file')
    assert.equal(item.stages.close, '#riegel Port 22\nUsePAM yes\n# Port 22\n')
  })
  test('accounts come before sudo, sudo before the filter, the filter before sshd, locks last', () => {
    const items = merge(
      [
        { kind: 'account-lock', stage: 'close', name: 'admin', expire: true },
        set('Port', ['301'], 'close'),
        { kind: 'firewall', stage: 'open', manager: 'ufw', port: 301 },
        { kind: 'file', stage: 'open', path: '/etc/sudoers.d/x', content: 'x\n', mode: 0o440, check: 'visudo' },
        {
          kind: 'account-create',
          stage: 'open',
          name: 'anna',
          home: '/home/anna',
          shell: '/bin/bash',
          keys: [],
          password: 'none',
        },
      ],
      files,
    )
    assert.deepEqual(
      items.map(item => (item.kind === 'file' ? item.path : item.kind)),
      ['account-create', '/etc/sudoers.d/x', 'firewall', dropIn, 'account-lock'],
    )
  })
})
