import type { About } from '../../src/model/about.js'
import type { Choices } from '../../src/model/change.js'
import { type Facts, type Sections, unseen } from '../../src/model/facts.js'
import type { Plan } from '../../src/model/plan.js'
import type { RuleId } from '../../src/model/rule.js'
import { draft } from '../../src/plan/draft.js'
import { assess, serverRules } from '../../src/riegel.js'
import type { Drift, Listed } from '../../src/riegel/take-back.js'
import type { PartDrawn } from '../../src/riegel/take-part-back.js'
import { account, debian, facts, seenSections, view } from '../fixtures/facts.js'

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFYBKpDbGZSLmFBlnRmQ4TPfMzJGKKPHbzFuFkSZx7a1 me@laptop'
const [sshdConfig] = debian.sshd.files

/** A server as many providers hand it over: root, password, cloud-init's word for both. */
export const fresh: Facts = facts({
  sshd: {
    ...debian.sshd,
    files: [
      { ...sshdConfig!, lines: [...sshdConfig!.lines, 'PermitRootLogin yes', 'Port 22'] },
      { ...sshdConfig!, path: '/etc/ssh/sshd_config.d/50-cloud-init.conf', lines: ['PasswordAuthentication yes'] },
    ],
  },
  effective: { views: [view({ passwordauthentication: 'yes', permitrootlogin: 'yes' })], perAccount: false },
})

const strong = {
  ciphers: 'chacha20-poly1305@openssh.com,aes256-gcm@openssh.com',
  macs: 'hmac-sha2-512-etm@openssh.com',
  kexalgorithms: 'mlkem768x25519-sha256,sntrup761x25519-sha512',
  port: '301',
  permitrootlogin: 'no',
  debianbanner: 'no',
  maxauthtries: '4',
  logingracetime: '60',
  maxstartups: '10:30:60',
}

const bolted: Partial<Sections> = {
  accounts: [...debian.accounts, account('lotse', 1000, { groups: ['lotse', 'sudo'], password: 'yescrypt' })],
  effective: {
    views: [view(strong)],
    perAccount: false,
  },
  loginKeys: {
    keys: [
      {
        account: 'lotse',
        type: 'ssh-ed25519',
        bits: 256,
        fingerprint: 'SHA256:x',
        comment: 'me@laptop',
        path: '/home/lotse/.ssh/authorized_keys',
        line: 1,
        options: '',
      },
    ],
    paths: [],
  },
  sudo: {
    ...debian.sudo,
    accounts: { lotse: { rules: [{ runAs: 'ALL : ALL', tags: [], commands: 'ALL' }], defaults: [] } },
  },
  listeners: {
    ...debian.listeners,
    tcp: debian.listeners.tcp.map(listener => ({ ...listener, port: 301 })),
    sshGreetings: [{ port: 301, line: 'SSH-2.0-OpenSSH_10.0p2' }],
  },
  updates: {
    ...debian.updates,
    unattendedInstalled: true,
    config: {
      'APT::Periodic::Enable': '1',
      'APT::Periodic::Update-Package-Lists': '1',
      'APT::Periodic::Unattended-Upgrade': '1',
    },
    origins: ['origin=Debian,codename=trixie-security,label=Debian-Security'],
  },
  wire: { ...debian.wire, banner: 'OpenSSH_10.0p2', methods: ['publickey'], port: 301 },
}

/** After harden: what needs a hand is left. */
export const hardened: Facts = facts(bolted)

/** Nothing left, firewall, list and second factor included. */
export const met: Facts = facts({
  ...bolted,
  effective: {
    views: [view({ ...strong, allowusers: 'lotse', authenticationmethods: 'publickey,keyboard-interactive' })],
    perAccount: false,
  },
  firewall: {
    ...debian.firewall,
    ufw: 'active',
    units: { ufw: 'enabled' },
    chains: ['ip', 'ip6'].map(family => ({
      ...{ family, table: 'filter', chain: 'INPUT', policy: 'drop', refuses: true },
      rest: 'refused',
    })),
  },
})

/** the looks that begin with need_root */
const denied = [
  ...(['sshd', 'effective', 'accounts', 'loginKeys', 'privateKeys', 'sudo', 'listeners', 'firewall'] as const),
  ...(['guessGuard', 'loginText', 'secretFiles', 'nextBoot', 'journal'] as const),
]

/** The fresh server, seen by somebody who may not become root. */
export const withoutRoot: Facts = {
  ...fresh,
  target: 'mail',
  sections: {
    ...fresh.sections,
    system: { seen: true, value: { ...debian.system, uid: 1000, operator: 'deploy' } },
    ...Object.fromEntries(denied.map(name => [name, unseen('denied')])),
  },
}

export const local: Facts = { ...fresh, target: 'localhost' }

const choices: Choices = {
  account: { name: 'lotse', exists: false, home: '/home/lotse', keyFile: '/home/lotse/.ssh/authorized_keys' },
  keys: [key],
  newPort: 301,
  sudo: 'password',
  operator: 'root',
  operatorAddress: '198.51.100.7',
  agentKeys: 0,
  ports: { before: [22], after: [301] },
  allow: [],
}

/** The plan for the fresh server, from the rules' own fixes. */
export const plan = (): Plan => {
  const wanted = assess(fresh, serverRules).judged.filter(({ finding }) => finding.verdict === 'fail')
  return {
    schema: 'riegel.plan/1',
    riegel: '0.1.0',
    target: 'root@203.0.113.5',
    choices,
    ...draft(wanted, seenSections(fresh), choices, []),
    files: [],
    dangers: [
      {
        id: 'others-cut-off',
        text: {
          de: 'root hat sich in den letzten 30 Tagen auch von 192.0.2.9 angemeldet.',
          en: 'In the last 30 days root also logged in from 192.0.2.9.',
        },
      },
    ],
    ports: choices.ports,
    unit: 'ssh.service',
    digest: '0'.repeat(64),
  }
}

/** What the files hold before: only sshd_config is there. */
export const readers: ReadonlyMap<string, string | null> = new Map(
  plan().items.flatMap(item =>
    item.kind !== 'file'
      ? []
      : [
          [
            item.path,
            item.path === sshdConfig!.path
              ? `${[...sshdConfig!.lines, 'PermitRootLogin yes', 'Port 22'].join('\n')}\n`
              : null,
          ] as const,
        ],
  ),
)

const dropInPath = '/etc/ssh/sshd_config.d/00-riegel.conf'
const done = (id: string, rules: readonly RuleId[], more: Partial<About> = {}): Listed => {
  const about: About = {
    ...{ schema: 'riegel.about/1', id, riegel: '0.1.0', at: '2026-11-24T19:02:01Z', by: 'root', from: '198.51.100.7' },
    ...{ method: 'publickey', account: 'lotse', made: true, ports: choices.ports, rules, files: [dropInPath], ...more },
  }
  const files = [{ number: '002', changed: more.takesBack === undefined, sshd: true, path: dropInPath }]
  return { id, state: 'confirmed', stage: '', left: null, about, journal: [], files }
}

/** A transaction, one that took a rule of it back, and one more. */
export const past: readonly Listed[] = [
  done('20261124-190201-kq7m', ['ports/ssh-default-port', 'root/ssh-login', 'keys/password-login']),
  done('20261125-080000-f3ta', ['keys/password-login'], { made: false, takesBack: '20261124-190201-kq7m' }),
  done('20261126-093000-w9hd', ['disclosure/login-text'], { made: false }),
]

const wrote = `# Written by Riegel (20261124-190201-kq7m). To take it back: riegel undo, or on the server: sh /var/lib/riegel/20261124-190201-kq7m/undo.sh
Port 301
PermitRootLogin no
PasswordAuthentication no
`

/** The drop-in, with a line of somebody else. */
export const drift: Drift = {
  file: past[0]!.files[0]!,
  wrote,
  now: `${wrote}ClientAliveInterval 60\n`,
  merge: { number: '002', path: dropInPath, now: '', content: 'ClientAliveInterval 60\n' },
}

/** One rule of the first transaction. */
export const part: PartDrawn = {
  rules: ['ports/ssh-default-port'],
  stays: [{ de: 'ufw lässt TCP 301 hinein', en: 'ufw lets TCP 301 in' }],
  contents: new Map([[dropInPath, wrote]]),
  plan: {
    ...plan(),
    steps: [],
    items: [
      {
        kind: 'file',
        path: dropInPath,
        mode: 0o600,
        effect: 'sshd',
        stages: { open: wrote.replace('301\n', '301\nPort 22\n'), close: wrote.replace('Port 301\n', '') },
      },
    ],
    ports: { before: choices.ports.after, after: choices.ports.before },
  },
}
