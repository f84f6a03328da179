import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSudoList } from '../collect/looks/sudo.js'
import { opensShellFree, runsEverything } from './sudo.js'

const said = (...lines: string[]) =>
  parseSudoList(`User anna may run the following commands on host:\n${lines.map(line => `    ${line}\n`).join('')}`)

describe('what sudo -l says of an account', () => {
  for (const [lines, everything, free] of [
    [['(ALL : ALL) ALL'], 'password', false],
    [['(ALL : ALL) NOPASSWD: ALL'], 'nopasswd', true],
    [['(#0) NOPASSWD: ALL'], 'nopasswd', true],
    [['(anna, root) NOPASSWD: ALL'], 'nopasswd', true],
    [['(ALL, !root) NOPASSWD: ALL'], 'no', false],
    [['(postgres) NOPASSWD: ALL'], 'no', false],
    // an exception does not keep root out, but then it is not everything any more
    [['(ALL) NOPASSWD: ALL, !/usr/bin/passwd root'], 'no', true],
    [['(root) NOPASSWD: /bin/bash'], 'no', true],
    [['(root) NOPASSWD: /usr/bin/su - root'], 'no', true],
    [['(root) NOPASSWD: /usr/bin/su - postgres'], 'no', false],
    [['(root) NOPASSWD: /bin/sh /opt/backup.sh'], 'no', false],
    [['(root) NOPASSWD: sudoedit /etc/hosts, /usr/bin/apt update'], 'no', false],
    [['(root) /bin/bash'], 'no', false],
    [['(ALL) ALL, NOPASSWD: /usr/bin/apt'], 'password', false],
    [['(ALL) ALL, NOPASSWD: /bin/zsh'], 'password', true],
    [['(ALL) NOPASSWD: /bin/ls, PASSWD: /bin/bash'], 'no', false],
    // options stand before the tags
    [['(root) CWD=/srv NOPASSWD: ALL'], 'nopasswd', true],
    [['(ALL) ROLE=sysadm_r TYPE=sysadm_t TIMEOUT=3600 NOPASSWD: SETENV: ALL'], 'nopasswd', true],
    [['(root) CWD=/srv PASSWD: /bin/ls, CWD=/ NOPASSWD: /bin/sh'], 'no', true],
    [['(root) CWD=/srv PASSWD: ALL'], 'password', false],
    // for a while, or in a chroot, nobody is an administrator
    [['(root) CHROOT=/srv NOPASSWD: ALL'], 'no', true],
    [['(ALL) NOTAFTER=20200101000000Z ALL'], 'no', false],
    // the last word counts
    [['(ALL) NOPASSWD: ALL', '(ALL : ALL) PASSWD: ALL'], 'password', false],
    [['(ALL) ALL', '(ALL) NOPASSWD: ALL'], 'nopasswd', true],
    [['(ALL) NOPASSWD: ALL', '(ALL) !ALL'], 'no', false],
  ] as const)
    test(lines.join(' / '), () => {
      assert.deepEqual([runsEverything(said(...lines)), opensShellFree(said(...lines))], [everything, free])
    })
  test('PASSWD wins over !authenticate, for the commands it stands before', () => {
    for (const [line, everything, free] of [
      ['(ALL : ALL) PASSWD: ALL', 'password', false],
      ['(ALL : ALL) PASSWD: /bin/ls, ALL', 'password', false],
      ['(ALL : ALL) /bin/bash, PASSWD: ALL', 'password', false],
      ['(ALL : ALL) PASSWD: ALL, NOPASSWD: /bin/bash', 'password', true],
      ['(ALL : ALL) SETENV: ALL', 'nopasswd', true],
    ] as const) {
      const answer = { ...said(line), defaults: ['!authenticate'] }
      assert.deepEqual([runsEverything(answer), opensShellFree(answer)], [everything, free], line)
    }
  })
  test('!authenticate asks nobody; where there is no sudo an account may nothing by it', () => {
    const answer = { ...said('(ALL) ALL'), defaults: ['!authenticate'] }
    assert.equal(runsEverything(answer), 'nopasswd')
    assert.deepEqual([runsEverything(undefined), opensShellFree(undefined)], ['no', false])
  })
})
