import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, debian } from '../../test/fixtures/facts.js'
import { doasRules, parseSudoList } from '../collect/looks/sudo.js'
import { doasFrees, opensShellFree, runsEverything } from './sudo.js'

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
    [['(ALL) ALL, NOPASSWD: /usr/bin/apt update'], 'password', false],
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
    [['(%root) NOPASSWD: ALL'], 'nopasswd', true],
    // a folder, a pattern, a sum in front
    [['(root) NOPASSWD: /usr/bin/'], 'no', true],
    [['(root) NOPASSWD: /bin/*'], 'no', true],
    [['(root) NOPASSWD: /bin/*, !/bin/bash'], 'no', true],
    [['(root) NOPASSWD: ^/.*$'], 'no', true],
    [['(root) NOPASSWD: sha256:Zm9v /bin/bash'], 'no', true],
    [['(root) NOPASSWD: sha256:Zm9v /bin/true'], 'no', false],
    [['(root) NOPASSWD: /bin/bash -p'], 'no', true],
    [['(root) NOPASSWD: /bin/bash -c *'], 'no', true],
    [['(root) NOPASSWD: /usr/bin/python3'], 'no', true],
    [['(root) NOPASSWD: /usr/bin/python3 /opt/backup.py'], 'no', false],
    [['(root) NOPASSWD: /usr/bin/vim /etc/hosts'], 'no', true],
    // whoever chooses the arguments
    [['(root) NOPASSWD: /usr/bin/docker'], 'no', true],
    [['(root) NOPASSWD: /usr/bin/docker ps'], 'no', false],
    [['(root) NOPASSWD: /usr/bin/systemctl restart nginx, /usr/bin/systemctl ""'], 'no', false],
    [['(root) NOPASSWD: /usr/local/bin/backup'], 'no', false],
    [['(root) /usr/bin/docker'], 'no', false],
    // the last word counts
    [['(ALL) NOPASSWD: ALL', '(ALL : ALL) PASSWD: ALL'], 'password', false],
    [['(ALL) ALL', '(ALL) NOPASSWD: ALL'], 'nopasswd', true],
    [['(ALL) NOPASSWD: ALL', '(ALL) !ALL'], 'no', false],
  ] as const)
    test(lines.join(' / '), () => {
      assert.deepEqual([runsEverything(said(...lines), []), opensShellFree(said(...lines), [])], [everything, free])
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
      assert.deepEqual([runsEverything(answer, []), opensShellFree(answer, [])], [everything, free], line)
    }
  })
  test('!authenticate that holds for root or for everything asks nobody; for something else it does not count', () => {
    for (const [word, free] of [
      ['Defaults>root !authenticate', true],
      ['Defaults>ALL !authenticate', true],
      ['Defaults>postgres !authenticate', false],
      ['Defaults!ALL !authenticate', true],
      ['Defaults!SHELLS !authenticate', true],
      ['Defaults!/bin/bash !authenticate', true],
      ['Defaults!/usr/bin/reboot !authenticate', false],
      ['Defaults!/usr/bin/reboot, /usr/bin/poweroff !authenticate', false],
      ['Defaults!/usr/bin/reboot, /bin/sh !authenticate', true],
      ['Defaults!ALL env_reset, !authenticate', true],
      ['Defaults>postgres, mail env_reset, !authenticate', false],
      ['Defaults>root, postgres env_reset, !authenticate, requiretty', true],
      // sudo writes them one behind the other
      ['Defaults!/usr/bin/reboot !authenticate    Defaults>root !authenticate    Defaults>postgres env_reset', true],
      ['Defaults!/usr/bin/reboot !authenticate    Defaults>root env_reset', false],
    ] as const) {
      const lines = ['Matching Defaults entries for anna on host:', '    env_reset', '']
      const bound = ['Runas and Command-specific defaults for anna:', `    ${word}`, '']
      const may = ['User anna may run the following commands on host:', '    (ALL : ALL) ALL']
      const answer = parseSudoList([...lines, ...bound, ...may].join('\n'))
      assert.deepEqual([runsEverything(answer, []), opensShellFree(answer, [])], [free ? 'nopasswd' : 'password', free])
    }
  })
  test('a rule that sudo wrote in several lines is one', () => {
    const answer = said('(root) NOPASSWD:', '        sha256:Zm9v', '        /bin/ls,', '    /bin/true, /bin/bash')
    assert.equal(opensShellFree(answer, []), true)
  })
  test('exempt_group: its members are not asked, whatever the rule says', () => {
    const answer = { ...said('(ALL) PASSWD: ALL'), defaults: ['exempt_group=admins'] }
    assert.deepEqual([runsEverything(answer, ['admins']), opensShellFree(answer, ['admins'])], ['nopasswd', true])
    assert.deepEqual([runsEverything(answer, ['anna']), opensShellFree(answer, ['anna'])], ['password', false])
  })
  test('!authenticate asks nobody; where there is no sudo an account may nothing by it', () => {
    const answer = { ...said('(ALL) ALL'), defaults: ['!authenticate'] }
    assert.equal(runsEverything(answer, []), 'nopasswd')
    assert.deepEqual([runsEverything(undefined, []), opensShellFree(undefined, [])], ['no', false])
  })
})

describe('what doas.conf says of an account', () => {
  const anna = account('anna', 1000, { groups: ['anna', 'wheel'] })
  for (const [lines, free] of [
    [['permit nopass anna'], true],
    [['permit nopass :wheel # admins'], true],
    [['permit nopass "anna"'], true],
    [['permit nopass setenv { PATH -DISPLAY } keepenv\t1000'], true],
    [['permit nopass \\', '  anna as root'], true],
    [['permit nopass anna as postgres'], false],
    [['permit nopass anna cmd reboot'], false],
    [['permit nopass anna cmd /bin/sh'], true],
    [['permit nopass anna cmd /bin/sh args /opt/backup.sh'], false],
    [['permit nopass anna cmd /usr/bin/systemctl args'], false],
    [['permit nopass anna as root cmd docker'], true],
    [['permit anna', 'permit nopass bea', '# permit nopass anna'], false],
    // the last rule that matches counts
    [['permit nopass :wheel', 'permit :wheel'], false],
    [['permit nopass anna', 'permit persist :wheel'], false],
    [['permit nopass anna', 'deny anna'], false],
    [['permit :wheel', 'permit nopass anna'], true],
    [['permit nopass anna', 'permit anna as postgres', 'permit anna cmd reboot'], true],
  ] as const)
    test(lines.join(' / '), () => {
      assert.equal(doasFrees({ ...debian.sudo, doasNopass: doasRules(lines.join('\n')) }, anna), free)
    })
})
