import * as z from 'zod/mini'
import type { Facts, SectionName, Sections } from '../model/facts.js'
import { type Frozen, type Same, strings } from './schema-parts.js'

const string = z.string()
const number = z.number()
const boolean = z.boolean()

const key = { type: string, bits: number, fingerprint: string, comment: string, path: string }
const path = z.object({
  path: string,
  account: string,
  mode: number,
  owner: string,
  kind: z.enum(['file', 'directory', 'link', 'other']),
})
const privateKey = z.object({
  account: string,
  path: string,
  encrypted: boolean,
  format: z.enum(['openssh', 'pem', 'pkcs8', 'putty-2', 'putty-3', 'ssh.com', 'ssh-1', 'unknown']),
  type: string,
  bits: number,
  fingerprint: string,
  line: z.optional(number),
})

const system = z.object({
  os: string,
  osVersion: string,
  codename: string,
  prettyName: string,
  hostname: string,
  kernel: string,
  init: string,
  container: string,
  uid: number,
  operator: string,
  accountServices: z.optional(strings),
  now: number,
  connection: z.optional(
    z.object({ clientAddress: string, clientPort: number, serverAddress: string, serverPort: number }),
  ),
  cloudInit: z.enum(['absent', 'running', 'done', 'disabled', 'error', 'unknown']),
  aptBusy: z.nullable(boolean),
  selinux: z.enum(['absent', 'disabled', 'permissive', 'enforcing']),
  unprivilegedPortStart: number,
  nologin: boolean,
  places: z.array(z.object({ path: string, fs: string, volatile: boolean, writable: boolean, freeKb: number })),
  tools: strings,
})

const sshd = z.object({
  version: string,
  release: number,
  units: z.array(
    z.object({
      name: string,
      load: string,
      active: string,
      enabled: string,
      needReload: boolean,
      mainPid: number,
      fragment: string,
      execStart: string,
      changedAt: number,
    }),
  ),
  socket: z.optional(
    z.object({
      listen: strings,
      accept: boolean,
      triggers: strings,
      dropIns: strings,
      setBy: strings,
      generator: boolean,
      killMode: string,
      forEach: z.optional(string),
    }),
  ),
  files: z.array(
    z.object({
      path: string,
      mode: number,
      owner: string,
      group: string,
      mtime: number,
      ctime: number,
      lines: strings,
    }),
  ),
  directories: z.array(z.object({ path: string, mtime: number, ctime: number })),
  valid: boolean,
  complaint: string,
  daemons: z.array(z.object({ pid: number, args: strings, elsewhere: z.optional(boolean) })),
  startOptions: string,
  hostKeys: z.array(z.object({ ...key, blob: string })),
  unreadHostKeys: z.optional(strings),
})

const effective = z.object({
  views: z.array(
    z.object({
      user: string,
      address: string,
      host: string,
      localAddress: string,
      localPort: number,
      settings: z.record(string, strings),
    }),
  ),
  perAccount: boolean,
})

const account = z.object({
  name: string,
  uid: number,
  gid: number,
  home: string,
  shell: string,
  shellRuns: boolean,
  groups: strings,
  password: z.enum([
    'unseen',
    'none',
    'locked',
    'star',
    'des',
    'md5',
    'sha1',
    'sha256',
    'sha512',
    'yescrypt',
    'bcrypt',
    'other',
  ]),
  passwordLocked: boolean,
  expires: z.nullable(number),
  mustChange: boolean,
})

const loginKeys = z.object({
  keys: z.array(z.object({ ...key, account: string, line: number, options: string })),
  paths: z.array(path),
  unread: z.optional(z.array(z.object({ account: string, path: string, line: number }))),
})

const sudo = z.object({
  installed: boolean,
  accounts: z.record(
    string,
    z.object({
      rules: z.array(z.object({ runAs: string, tags: strings, commands: string })),
      defaults: strings,
    }),
  ),
  defaults: strings,
  readsDropIns: boolean,
  doasNopass: strings,
  suTrustGroup: z.nullable(string),
})

const listeners = z.object({
  tcp: z.array(z.object({ address: string, port: number, process: string, pid: number })),
  sshGreetings: z.array(z.object({ port: number, line: string })),
  socketUnits: z.array(z.object({ unit: string, listen: string })),
})

const firewall = z.object({
  ufw: z.enum(['absent', 'inactive', 'active', 'unknown']),
  firewalld: z.enum(['absent', 'inactive', 'active']),
  chains: z.array(
    z.object({
      family: string,
      table: string,
      chain: string,
      policy: string,
      refuses: boolean,
      rest: z.optional(z.enum(['refused', 'let-through', 'unclear'])),
    }),
  ),
  zone: string,
  units: z.record(string, string),
  legacy: boolean,
  legacyRefuses: z.optional(strings),
  ipv6: z.optional(boolean),
  nftConf: string,
  nftConfCut: boolean,
})

const updates = z.object({
  manager: z.enum(['apt', 'other']),
  unattendedInstalled: boolean,
  config: z.record(string, string),
  origins: strings,
  timerEnabled: boolean,
  timerActive: boolean,
  listsTimed: z.optional(boolean),
  archives: z.optional(z.array(z.object({ origin: string, label: string, codename: string, archive: string }))),
  pendingSecurity: z.nullable(strings),
  listsAgeDays: z.nullable(number),
})

const guessGuard = z.object({
  fail2ban: z.object({
    installed: boolean,
    active: boolean,
    enabled: boolean,
    jail: z.nullable(
      z.object({
        ports: strings,
        journal: boolean,
        logPaths: strings,
        ignore: strings,
        maxRetry: number,
        banTime: number,
        banned: strings,
        actions: strings,
        logs: z.optional(z.array(z.object({ path: string, modified: number }))),
      }),
    ),
  }),
  crowdsec: boolean,
  bouncer: z.optional(boolean),
  sshguard: boolean,
  authLog: boolean,
})

/** One schema per section; a section that the model gains does not compile until it stands here. */
const sections = {
  system,
  sshd,
  effective,
  accounts: z.array(account),
  loginKeys,
  privateKeys: z.array(privateKey),
  sudo,
  listeners,
  firewall,
  updates,
  reboot: z.object({ required: boolean, packages: strings, runningKernel: string, newestKernel: string }),
  guessGuard,
  clock: z.object({
    synchronised: boolean,
    unanswered: z.optional(boolean),
    service: string,
    active: boolean,
    timesyncdInstalled: boolean,
    drift: z.optional(number),
  }),
  loginText: z.object({
    banners: z.array(z.object({ path: string, content: string, cut: z.optional(boolean) })),
    missing: z.optional(strings),
  }),
  secretFiles: z.object({ files: z.array(z.extend(path, { group: z.optional(string) })) }),
  nextBoot: z.object({ unitComplaint: string, managers: strings, notToBeRun: boolean }),
  pam: z.object({ account: strings, accessDenies: boolean, sshd: strings, factors: strings }),
  passwordPolicy: z.object({ pam: strings, pwquality: z.array(z.object({ name: string, value: string })) }),
  secondFactor: z.object({ auth: strings, modules: strings, enrolled: strings }),
  journal: z.object({
    since: number,
    logins: z.array(z.object({ account: string, method: string, address: string, count: number })),
  }),
  wire: z.object({ banner: string, methods: strings, port: number, address: string }),
  operator: z.object({
    privateKeys: z.array(privateKey),
    agentKeys: number,
    knows: z.object({ cipher: strings, mac: strings, kex: strings, key: strings }),
    paths: z.optional(z.array(path)),
    unread: z.optional(z.array(z.object({ path: string, why: z.enum(['denied', 'too-large', 'too-many']) }))),
  }),
  passwords: z.array(
    z.object({
      key: string,
      title: string,
      user: string,
      hosts: strings,
      guesses: z.nullable(number),
      leaked: z.nullable(number),
      sameAs: strings,
      nearlyAs: strings,
      changed: z.nullable(number),
      secondFactor: boolean,
      offers: z.nullable(strings),
    }),
  ),
  vault: z.object({
    path: string,
    format: string,
    kdf: z.enum(['argon2d', 'argon2id', 'aes-kdf']),
    rounds: number,
    memoryKiB: number,
    lanes: number,
    keyFile: boolean,
    own: z.nullable(
      z.object({ guesses: z.nullable(number), leaked: z.nullable(number), sameAs: strings, nearlyAs: strings }),
    ),
    sites: z.object({ state: z.enum(['known', 'absent', 'implausible', 'changed']), digest: string, count: number }),
    judged: number,
    leftOut: z.object({
      bin: number,
      templates: number,
      empty: number,
      expired: strings,
      excluded: number,
      broken: number,
    }),
  }),
} satisfies Record<SectionName, z.ZodMiniType>

export const sectionNames = Object.keys(sections) as SectionName[]

const section = <T extends z.ZodMiniType>(value: T) =>
  z.discriminatedUnion('seen', [
    z.object({ seen: z.literal(true), value }),
    z.object({
      seen: z.literal(false),
      why: z.enum([
        'denied',
        'missing-tool',
        'timeout',
        'truncated',
        'unparsable',
        'not-looked',
        'stale',
        'broken-config',
      ]),
      detail: z.optional(string),
    }),
  ])

export const factsSchema = z.object({
  schema: z.literal('riegel.facts/1'),
  riegel: string,
  target: string,
  takenAt: string,
  durationMs: number,
  sections: z.object({
    system: section(sections.system),
    sshd: section(sections.sshd),
    effective: section(sections.effective),
    accounts: section(sections.accounts),
    loginKeys: section(sections.loginKeys),
    privateKeys: section(sections.privateKeys),
    sudo: section(sections.sudo),
    listeners: section(sections.listeners),
    firewall: section(sections.firewall),
    updates: section(sections.updates),
    reboot: section(sections.reboot),
    guessGuard: section(sections.guessGuard),
    clock: section(sections.clock),
    loginText: section(sections.loginText),
    secretFiles: section(sections.secretFiles),
    nextBoot: section(sections.nextBoot),
    pam: section(sections.pam),
    passwordPolicy: section(sections.passwordPolicy),
    secondFactor: section(sections.secondFactor),
    journal: section(sections.journal),
    wire: section(sections.wire),
    operator: section(sections.operator),
    passwords: section(sections.passwords),
    vault: section(sections.vault),
  }),
})

/** By section, so that the compiler names the one that differs. */
type Inferred = { readonly [K in SectionName]: Frozen<z.infer<(typeof sections)[K]>> }
true satisfies Same<Inferred, Sections>
true satisfies Same<z.infer<typeof factsSchema>, Facts>
