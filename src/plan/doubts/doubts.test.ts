import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account, annasKey, choices, debian, loginKey, sshdWith, view } from '../../../test/fixtures/facts.js'
import type { Choices } from '../../model/change.js'
import { dropIn } from '../../model/drop-in.js'
import type { Sections } from '../../model/facts.js'
import { keyOf } from '../../model/fingerprint.js'
import type { Item } from '../../model/plan.js'
import { merge } from '../draft.js'
import { doubts } from './index.js'

interface Case {
  readonly facts?: Partial<Sections>
  readonly choices?: Partial<Choices>
  readonly items?: readonly Item[]
  /** what the answer must say, in English */
  readonly says: RegExp
}

const { system, sshd } = debian
const unit = sshd.units[0]!
const places = (path: string, changed: object) => ({
  system: { ...system, places: system.places.map(one => (one.path === path ? { ...one, ...changed } : one)) },
})
const units = (changed: object) => ({ sshd: { ...sshd, units: [{ ...unit, ...changed }] } })
const effective = (settings: Record<string, string>) => ({ effective: { views: [view(settings)], perAccount: false } })
const moved = { newPort: 301 } as const
const door: Item = {
  kind: 'firewall',
  stage: 'open',
  manager: 'nftables',
  port: 301,
  chains: [{ family: 'inet', table: 'mine', chain: 'in' }],
}

const nftConf = 'table inet mine {\n chain in { type filter hook input priority 0; policy drop; }\n}\n'
const nftables = { nftables: 'enabled active' }
const chain = (family: string, table: string) => ({ family, table, chain: 'in', policy: 'drop', refuses: true })

const own = '# Written by Riegel (x). To take it back: riegel undo'
const written: Item = {
  kind: 'file',
  path: dropIn,
  mode: 0o600,
  effect: 'sshd',
  stages: { close: 'PermitRootLogin no\n' },
}

/** What makes each doubt speak. On the untouched fresh server none may. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  'account-taken': [
    { facts: { accounts: [...debian.accounts, account('anna', 33)] }, says: /account of the system/ },
    {
      facts: { accounts: [...debian.accounts, account('anna', 1001, { shell: '/usr/sbin/nologin' })] },
      says: /anna exists already/,
    },
    { facts: { accounts: [...debian.accounts, account('anna', 1001, { expires: 1 })] }, says: /anna exists already/ },
  ],
  'apt-busy': [
    {
      facts: { system: { ...system, aptBusy: true } },
      items: [{ kind: 'package', stage: 'open', name: 'sudo' }],
      says: /Another program is installing packages.*sudo/,
    },
  ],
  'cloud-init-running': [{ facts: { system: { ...system, cloudInit: 'running' } }, says: /cloud-init/ }],
  'config-broken': [{ facts: { sshd: { ...sshd, valid: false, complaint: 'line 3: Bad' } }, says: /line 3: Bad/ }],
  'drop-in-by-hand': [
    // a Match of one's own, a comment, an order of one's own, a file without Riegel's first line
    ...[
      [own, 'Port 301', 'Match User x', '  X11Forwarding no'],
      [own, 'Port 301', '# mine'],
      [own, 'Port 301', 'LogLevel VERBOSE', 'Port 302'],
      ['Port 301'],
    ].map(lines => ({
      facts: { sshd: { ...sshd, files: [...sshd.files, { ...sshd.files[0]!, path: dropIn, lines }] } },
      items: [written],
      says: /no longer what Riegel wrote/,
    })),
  ],
  'firewall-source': [
    { facts: { firewall: { ...debian.firewall, legacy: true } }, choices: moved, says: /iptables/ },
    { choices: moved, items: [door], says: /Where .* next boot/ },
    ...((): Sections['firewall'][] => [
      { ...debian.firewall, ufw: 'unknown' },
      { ...debian.firewall, firewalld: 'inactive', units: { firewalld: 'enabled inactive' } },
      { ...debian.firewall, units: { nftables: 'enabled inactive' }, nftConf },
      { ...debian.firewall, units: { nftables: 'enabled active' }, nftConf: 'include "/etc/nft/*"' },
      { ...debian.firewall, units: { nftables: 'enabled active' } },
      // what refuses now does not speak for what comes on top of it
      { ...debian.firewall, ufw: 'active', chains: [chain('ip', 'filter')], units: nftables, nftConf },
    ])().map(firewall => ({
      facts: { firewall },
      choices: moved,
      says: /not loaded now \((ufw|firewalld|nftables: )/,
    })),
    {
      facts: { firewall: { ...debian.firewall, units: nftables, nftConf, nftConfCut: true } },
      choices: moved,
      items: [door],
      says: /cannot be seen/,
    },
  ],
  'include-missing': [
    {
      facts: {
        sshd: { ...sshd, release: 8.1, files: [{ ...sshd.files[0]!, lines: ['Port 22', ...sshd.files[0]!.lines] }] },
      },
      says: /8\.1/,
    },
  ],
  'key-bound': [
    {
      facts: {
        loginKeys: {
          keys: [loginKey('anna', { fingerprint: keyOf(annasKey)!.fingerprint, options: 'command="/bin/date"' })],
          paths: [],
        },
      },
      says: /one thing only there: command=/,
    },
  ],
  'key-file-elsewhere': [{ facts: effective({ authorizedkeysfile: '/etc/ssh/keys/%u' }), says: /\/etc\/ssh\/keys/ }],
  'listen-address': [{ facts: { sshd: sshdWith('ListenAddress 0.0.0.0:22') }, choices: moved, says: /ListenAddress/ }],
  'lists-shut-out': [{ facts: effective({ allowusers: 'bo' }), says: /AllowUsers/ }],
  'managed-elsewhere': [
    { facts: { nextBoot: { unitComplaint: '', managers: ['puppet'], notToBeRun: false } }, says: /puppet/ },
  ],
  'methods-shut-out': [
    { facts: effective({ authenticationmethods: 'publickey,password' }), says: /AuthenticationMethods/ },
    { facts: effective({ forcecommand: '/bin/false' }), says: /ForceCommand/ },
  ],
  'missing-tools': [
    { facts: { system: { ...system, tools: system.tools.filter(tool => tool !== 'flock') } }, says: /flock/ },
  ],
  'no-code': [
    {
      facts: {
        accounts: [...debian.accounts, account('otto', 1002)],
        loginKeys: { keys: [loginKey('otto')], paths: [] },
      },
      choices: { secondFactor: { accounts: ['anna'], except: [] } },
      says: /Without a key and a code set up will no longer get in: .*otto/,
    },
    // a password alone is no way in any more, code or not
    {
      facts: {
        accounts: [...debian.accounts, account('bob', 1003, { password: 'yescrypt' })],
        ...effective({ passwordauthentication: 'yes' }),
      },
      choices: { secondFactor: { accounts: ['anna'], except: ['bob'] } },
      says: /will no longer get in: .*bob/,
    },
    {
      facts: {
        accounts: [account('anna', 1000)],
        loginKeys: { keys: [loginKey('anna')], paths: [] },
        ...effective({ passwordauthentication: 'no', trustedusercakeys: '/etc/ssh/ca.pub' }),
      },
      choices: { secondFactor: { accounts: ['anna'], except: [] } },
      says: /TrustedUserCAKeys is set/,
    },
    {
      facts: { system: { ...system, accountServices: ['ldap'] } },
      choices: { secondFactor: { accounts: ['root'], except: [] } },
      says: /nsswitch\.conf names ldap/,
    },
    // a directory's account, which no list has; root, of whom sshd asks no code; a security key that another Match demands
    {
      facts: {
        accounts: [account('anna', 1000)],
        loginKeys: { keys: [loginKey('anna')], paths: [] },
        ...effective({ passwordauthentication: 'no' }),
        journal: { since: 0, logins: [{ account: 'lea', method: 'publickey', address: '198.51.100.7', count: 1 }] },
      },
      choices: { secondFactor: { accounts: ['anna'], except: [] } },
      says: /will no longer get in: lea/,
    },
    {
      facts: {
        accounts: [account('root', 0), account('anna', 1000)],
        loginKeys: { keys: [loginKey('anna'), loginKey('root')], paths: [] },
        ...effective({ passwordauthentication: 'no', permitrootlogin: 'prohibit-password' }),
        secondFactor: { ...debian.secondFactor, enrolled: ['anna', 'root'] },
      },
      items: [{ kind: 'file', path: '/etc/pam.d/sshd', mode: 0o644, effect: 'none', stages: { close: '' } }],
      says: /will no longer get in: root$/,
    },
    {
      facts: {
        accounts: [account('anna', 1000), account('carol', 1001)],
        loginKeys: { keys: [loginKey('anna'), loginKey('carol', { type: 'sk-ssh-ed25519@openssh.com' })], paths: [] },
        ...effective({
          passwordauthentication: 'no',
          pubkeyacceptedalgorithms: 'sk-ssh-ed25519@openssh.com',
          pubkeyauthoptions: 'verify-required',
        }),
      },
      choices: { secondFactor: { accounts: ['anna'], except: [] } },
      says: /will no longer get in: .*carol/,
    },
    // an account that is only being made has no code yet
    {
      facts: { ...effective({ authenticationmethods: 'publickey,keyboard-interactive' }) },
      choices: {
        account: { name: 'lotse', exists: false, home: '/home/lotse', keyFile: '/home/lotse/.ssh/authorized_keys' },
      },
      says: /sshd asks for a code, and lotse has none yet/,
    },
    // a way around that is closed, and an account that has no code
    {
      facts: {
        accounts: [account('anna', 1000), account('bea', 1001)],
        loginKeys: { keys: [loginKey('anna'), loginKey('bea')], paths: [] },
        ...effective({ passwordauthentication: 'no' }),
        secondFactor: { ...debian.secondFactor, enrolled: ['anna'] },
      },
      items: [{ kind: 'file', path: '/etc/pam.d/sshd', mode: 0o644, effect: 'none', stages: { close: '' } }],
      says: /will no longer get in: bea$/,
    },
  ],
  'no-console': [{ facts: { accounts: [account('root', 0, { password: 'locked' })] }, says: /console/ }],
  'no-space': [{ facts: places('/etc', { freeKb: 100 }), says: /\/etc \(100 KiB/ }],
  'no-sshd-unit': [{ facts: units({ active: 'inactive' }), says: /systemd/ }],
  'no-systemd': [{ facts: { system: { ...system, init: 'init' } }, says: /init/ }],
  nologin: [{ facts: { system: { ...system, nologin: true } }, says: /nologin/ }],
  'not-enabled': [
    ...['disabled', 'static', 'generated', 'enabled-runtime'].map(enabled => ({
      facts: units({ enabled }),
      says: new RegExp(`does not start at the next boot \\(${enabled}\\)`),
    })),
    {
      facts: {
        sshd: { ...sshd, units: [unit, { ...unit, name: 'ssh.socket', active: 'inactive', enabled: 'enabled' }] },
      },
      says: /ssh\.socket holds the port/,
    },
    { facts: { nextBoot: { ...debian.nextBoot, notToBeRun: true } }, says: /sshd_not_to_be_run/ },
  ],
  'others-unseen': [
    { choices: moved, says: /could not be seen/ },
    { items: [written], says: /could not be seen/ },
    { facts: { journal: undefined as never }, items: [written], says: /could not be seen/ },
  ],
  'one-factor-left': [
    {
      facts: {
        accounts: [...debian.accounts, account('anna', 1001), account('otto', 1002)],
        loginKeys: { keys: [loginKey('anna'), loginKey('otto')], paths: [] },
      },
      choices: { secondFactor: { accounts: ['anna'], except: [], by: 'security-key' } },
      says: /With one factor alone would still get in: otto/,
    },
    {
      facts: { ...effective({ trustedusercakeys: '/etc/ssh/ca.pub' }) },
      choices: { secondFactor: { accounts: ['anna'], except: [], by: 'security-key' } },
      says: /TrustedUserCAKeys is set/,
    },
    {
      facts: { system: { ...system, accountServices: ['ldap'] } },
      choices: { secondFactor: { accounts: ['anna'], except: [], by: 'security-key' } },
      says: /nsswitch\.conf names ldap/,
    },
  ],
  'pam-shut-out': [
    {
      facts: { pam: { account: ['required pam_access.so nodefgroup'], accessDenies: true, sshd: [], factors: [] } },
      says: /pam_access/,
    },
    {
      facts: { pam: { account: ['required pam_access.so accessfile=/x'], accessDenies: false, sshd: [], factors: [] } },
      says: /pam_access/,
    },
    {
      facts: { pam: { account: ['required pam_listfile.so onerr=fail'], accessDenies: false, sshd: [], factors: [] } },
      says: /pam_listfile/,
    },
  ],
  'port-taken': [
    {
      facts: {
        listeners: {
          ...debian.listeners,
          tcp: [...debian.listeners.tcp, { address: '0.0.0.0', port: 301, process: 'vsftpd', pid: 9 }],
        },
      },
      choices: moved,
      says: /301 belongs to vsftpd/,
    },
  ],
  'read-only': [{ facts: places('/etc', { writable: false }), says: /\/etc cannot be written/ }],
  'second-listener': [
    {
      facts: {
        listeners: {
          ...debian.listeners,
          tcp: [...debian.listeners.tcp, { address: '0.0.0.0', port: 2222, process: 'sshd', pid: 200 }],
        },
      },
      says: /2222/,
    },
  ],
  selinux: [{ facts: { system: { ...system, selinux: 'enforcing' } }, choices: moved, says: /SELinux/ }],
  'sorts-before': [
    {
      facts: {
        sshd: {
          ...sshd,
          files: [
            ...sshd.files,
            { ...sshd.files[0]!, path: '/etc/ssh/sshd_config.d/00-a.conf', lines: [] },
            { ...sshd.files[0]!, path: dropIn, lines: [own, ''] },
          ],
        },
      },
      says: /00-a\.conf/,
    },
    {
      facts: {
        sshd: {
          ...sshd,
          files: [
            { ...sshd.files[0]!, lines: ['Port 22', ...sshd.files[0]!.lines] },
            { ...sshd.files[0]!, path: dropIn, lines: [own, ''] },
          ],
        },
      },
      says: /sshd_config is read before/,
    },
  ],
  'ssh-socket': [{ facts: { sshd: { ...sshd, units: [unit, { ...unit, name: 'ssh.socket' }] } }, says: /ssh\.socket/ }],
  'started-with-options': [
    {
      facts: { sshd: { ...sshd, daemons: [{ pid: 100, args: ['/usr/sbin/sshd', '-D', '-oPort=22'] }] } },
      says: /-oPort/,
    },
    { facts: { sshd: { ...sshd, startOptions: '-4p 2222' } }, says: /-4p 2222/ },
    { facts: units({ execStart: '/usr/sbin/sshd -Df /etc/other' }), says: /-Df/ },
  ],
  'strict-modes': [
    {
      facts: {
        loginKeys: {
          keys: [],
          paths: [{ account: 'anna', path: '/home/anna', mode: 0o700, owner: 'bo', kind: 'directory' }],
        },
      },
      says: /\/home\/anna belongs to bo/,
    },
  ],
  'sudo-odd': [
    { facts: { sudo: { ...debian.sudo, readsDropIns: false } }, says: /sudoers\.d/ },
    { facts: { sudo: { ...debian.sudo, defaults: ['env_reset', 'targetpw'] } }, says: /targetpw/ },
    { facts: { sudo: { ...debian.sudo, accounts: { bo: { rules: [], defaults: ['targetpw'] } } } }, says: /targetpw/ },
  ],
  'unit-broken': [
    {
      facts: { nextBoot: { unitComplaint: 'ssh.service: bad', managers: [], notToBeRun: false } },
      says: /ssh\.service: bad/,
    },
    { facts: units({ needReload: true }), says: /NeedDaemonReload/ },
  ],
  'volatile-places': [{ facts: places('/var/lib', { volatile: true, fs: 'tmpfs' }), says: /memory \(tmpfs\)/ }],
}

const answer = (id: string, one: Partial<Case>): string => {
  const doubt = doubts.find(d => d.id === id)!
  const said = doubt.consider({
    facts: { ...debian, ...one.facts },
    choices: choices({ newPort: 'keep', ...one.choices }),
    items: one.items ?? [],
  })
  return said === null ? '' : 'refuse' in said ? said.refuse.en : said.danger.text.en
}

describe('doubts', () => {
  for (const doubt of doubts) {
    test(`${doubt.id} is silent on a fresh server`, () => assert.equal(answer(doubt.id, {}), ''))
    // this one has a test of its own
    if (doubt.id === 'others-cut-off') continue
    test(`${doubt.id} speaks where it must`, () => {
      const own = cases[doubt.id]
      assert.ok(own, 'no case that makes it speak')
      for (const one of own) assert.match(answer(doubt.id, one), one.says)
    })
  }
})

test('a filter that is loaded, or loads nothing that refuses, is no doubt', () => {
  const speaks = (firewall: Partial<Sections['firewall']>) =>
    answer('firewall-source', {
      facts: { firewall: { ...debian.firewall, units: nftables, ...firewall } },
      choices: moved,
    })
  assert.equal(speaks({ nftConf, chains: [chain('inet', 'mine')] }), '')
  assert.equal(speaks({ nftConf: `${nftConf.replace('policy drop;', '')}# drop\n` }), '')
  assert.equal(speaks({ nftConf, units: { nftables: 'disabled inactive' } }), '')
})

test('the drop-in of an earlier run, Match all included, is no doubt', () => {
  const set = (keyword: string, matchAll: boolean) =>
    ({ kind: 'setting', stage: 'close', keyword, values: ['no'], matchAll }) as const
  const [item] = merge([set('PasswordAuthentication', true), set('PermitRootLogin', false)], sshd.files)
  assert.ok(item?.kind === 'file')
  const lines = (item.stages.close ?? '').split('\n')
  const files = [...sshd.files, { ...sshd.files[0]!, path: dropIn, lines: [...lines, ''] }]
  assert.equal(answer('drop-in-by-hand', { facts: { sshd: { ...sshd, files } }, items: [written] }), '')
  const empty = [...sshd.files, { ...sshd.files[0]!, path: dropIn, lines: [''] }]
  assert.equal(answer('drop-in-by-hand', { facts: { sshd: { ...sshd, files: empty } }, items: [written] }), '')
})

test('one login in the journal shows that it is kept', () => {
  const journal = { since: 0, logins: [{ account: 'root', method: 'publickey', address: '198.51.100.7', count: 1 }] }
  assert.equal(answer('others-unseen', { facts: { journal }, items: [written] }), '')
})
