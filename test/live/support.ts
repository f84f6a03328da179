// What the live tests share: an operator with a home of their own and keys, servers as providers deliver them, and
// Riegel run the way a person or a program runs it.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Outcome, Report } from '../../src/model/report.js'
import { available, type Host, Lab, type Prompt, type Result, type Running, type Transcript } from './lab/index.js'
import { execute } from './lab/tools.js'

const possible = available()

/** For `describe(..., live, ...)`: skips with one loud line where no host can be booted. */
export const live = { skip: possible.ok ? (false as const) : possible.why, concurrency: false }

export const program = fileURLToPath(new URL('../../src/cli.js', import.meta.url))
export const rootPassword = 'kx7m.f3ta'

/** As providers deliver it: root with a password, cloud-init's word on passwords. */
export const byPassword = `echo 'root:${rootPassword}' | chpasswd
printf 'PermitRootLogin yes\\n' >>/etc/ssh/sshd_config
printf 'PasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf
`

/** The other way they deliver it: root with the customer's key. */
export const byKey = (line: string): string => `mkdir -p -m 700 /root/.ssh
echo '${line}' >/root/.ssh/authorized_keys
chmod 600 /root/.ssh/authorized_keys
`

/** A packet filter of one's own: only 22 is let in. */
export const nftables = `#!/usr/sbin/nft -f
flush ruleset
table inet filter {
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tct state established,related accept
\t\tiif lo accept
\t\tmeta l4proto { icmp, ipv6-icmp } accept
\t\ttcp dport 22 accept
\t}
}
`

/** An ordinary account that came with the server or was made by its owner. */
export const withUser = (
  name: string,
  line: string,
  sudoers: string,
  password = '',
): string => `useradd -m -s /bin/bash ${name}
${password === '' ? '' : `echo '${name}:${password}' | chpasswd`}
mkdir -m 700 /home/${name}/.ssh && echo '${line}' >/home/${name}/.ssh/authorized_keys
chmod 600 /home/${name}/.ssh/authorized_keys && chown -R ${name}:${name} /home/${name}/.ssh
echo '${name} ALL=(ALL:ALL) ${sudoers}' >/etc/sudoers.d/50-${name} && chmod 440 /etc/sudoers.d/50-${name}
`

export class Operator {
  readonly home = mkdtempSync(join(tmpdir(), 'riegel-operator-'))
  readonly lab: Lab

  private constructor(lab: Lab) {
    this.lab = lab
  }

  static async in(lab: Lab): Promise<Operator> {
    const operator = new Operator(lab)
    await execute(['mkdir', '-m', '700', `${operator.home}/.ssh`])
    await operator.makeKey('id_ed25519')
    return operator
  }

  /** A key in ~/.ssh without a passphrase, unless one is given. */
  async makeKey(name: string, passphrase = ''): Promise<string> {
    const path = `${this.home}/.ssh/${name}`
    await execute(['ssh-keygen', '-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', path])
    return `${path}.pub`
  }

  get key(): string {
    return `${this.home}/.ssh/id_ed25519.pub`
  }

  get keyLine(): string {
    return readFileSync(this.key, 'utf8').trim()
  }

  get env(): Record<string, string> {
    return { HOME: this.home, PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', NO_COLOR: '1', TERM: 'xterm' }
  }

  /** ssh reads the real home from the passwd database: it is told where this one's files are. */
  get files(): string[] {
    return ['-i', `${this.home}/.ssh/id_ed25519`, '-o', `UserKnownHostsFile=${this.home}/.ssh/known_hosts`]
  }

  argv(words: readonly string[]): string[] {
    return [process.execPath, '--enable-source-maps', program, ...words]
  }

  /** Without a terminal, as a program calls it. */
  riegel(words: readonly string[], timeoutMs = 120_000): Promise<Result> {
    return this.lab.run(this.argv(words), { env: this.env, timeoutMs })
  }

  /** The same with a clock on the client that runs so many days ahead; the server's does not. */
  riegelAhead(days: number, words: readonly string[]): Promise<Result> {
    const shift = `const D=Date,ms=${days}*86400000;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now()+ms)}static now(){return D.now()+ms}}`
    const env = { ...this.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` }
    return this.lab.run(this.argv(words), { env, timeoutMs: 120_000 })
  }

  /** The same, to be killed while it runs. */
  startRiegel(words: readonly string[], timeoutMs = 300_000): Running {
    return this.lab.start(this.argv(words), { env: this.env, timeoutMs })
  }

  /** On a terminal, with somebody who answers. */
  type(words: readonly string[], answers: Prompt[], timeoutMs = 120_000): Promise<Transcript> {
    return this.lab.pty(this.argv(words), answers, { env: this.env, timeoutMs })
  }

  /** A plain ssh login of the operator with their key: what it printed, and how it ended. */
  ssh(
    host: Host,
    user: string,
    port: number,
    command: string,
    more: readonly string[] = [],
    address = host.ip4,
  ): Promise<Result> {
    const options = ['-F', 'none', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', '-o', 'StrictHostKeyChecking=no']
    return this.lab.run(
      [
        'ssh',
        ...this.files,
        ...options,
        '-o',
        'IdentitiesOnly=yes',
        ...more,
        '-p',
        String(port),
        `${user}@${address}`,
        command,
      ],
      { env: this.env, timeoutMs: 90_000 },
    )
  }

  /** A login by key and code, on 22; `code: null` = by the key alone. */
  sshWithCode(host: Host, user: string, code: string | null, command: string): Promise<Result> {
    const askpass = `${this.home}/askpass`
    writeFileSync(askpass, `#!/bin/sh\necho '${code}'\n`, { mode: 0o700 })
    const options = ['-F', 'none', '-o', 'ConnectTimeout=5', '-o', 'StrictHostKeyChecking=no']
    const once = ['-o', 'NumberOfPasswordPrompts=1', '-o', 'IdentitiesOnly=yes']
    const batch = code === null ? ['-o', 'BatchMode=yes'] : []
    return this.lab.run(['ssh', ...this.files, ...options, ...once, ...batch, `${user}@${host.ip4}`, command], {
      env: { ...this.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
      timeoutMs: 60_000,
    })
  }

  /** A login with a password and nothing else. */
  password(host: Host, user: string, port: number, password: string): Promise<Result> {
    const options = [
      '-F',
      'none',
      '-o',
      'ConnectTimeout=5',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'PubkeyAuthentication=no',
    ]
    const known = ['-o', 'UserKnownHostsFile=/dev/null', '-o', 'NumberOfPasswordPrompts=1']
    return this.lab.run(
      ['sshpass', '-p', password, 'ssh', ...options, ...known, '-p', String(port), `${user}@${host.ip4}`, 'id -un'],
      { env: this.env, timeoutMs: 60_000 },
    )
  }

  end(): void {
    rmSync(this.home, { recursive: true, force: true })
  }
}

export interface Workplace {
  readonly lab: Lab
  readonly operator: Operator
  close(): Promise<void>
}

/** A lab with one operator in it. */
export const workplace = async (title: string): Promise<Workplace> => {
  const lab = await Lab.open(title)
  const operator = await Operator.in(lab)
  return {
    lab,
    operator,
    async close() {
      operator.end()
      await lab.close()
    },
  }
}

export const fingerprint = async (host: Host, dropbear = false): Promise<string> =>
  dropbear
    ? /SHA256:\S+/.exec(await host.must('dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key'))![0]
    : (await host.must('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1]!

export const report = (result: { stdout: string }): Report => JSON.parse(result.stdout) as Report
export const outcome = (result: { stdout: string }): Outcome => JSON.parse(result.stdout) as Outcome

export const verdict = (of: Report, rule: string): string =>
  of.findings.find(finding => finding.rule === rule)?.verdict ?? 'absent'

/** The rules of a report with one verdict, sorted. */
export const rulesWith = (of: Report, wanted: string): string[] =>
  of.findings
    .filter(finding => finding.verdict === wanted)
    .map(finding => finding.rule)
    .sort()

/** The owner can log in by that account and become root; everybody else stays out. */
export const assertBolted = async (
  operator: Operator,
  host: Host,
  port: number,
  sudo = 'sudo -n id -u',
): Promise<void> => {
  const own = await operator.ssh(host, 'anna', port, sudo)
  assert.equal(own.stdout.trim().split('\n').at(-1), '0', `anna becomes root: ${own.stderr}`)
  const root = await operator.ssh(host, 'root', port, 'id -u')
  assert.match(root.stderr, /Permission denied \(publickey\)/, 'root is refused, and only keys are offered')
  if (port !== 22) {
    const old = await operator.ssh(host, 'anna', 22, 'true')
    assert.match(old.stderr, /Connection refused/, 'nothing answers on 22')
  }
}

/** Another witness for codes than Riegel's own arithmetic; several tests may want it at once. */
export const needOathtool = async (): Promise<void> => {
  const install = 'apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends oathtool'
  const { code, stderr } = await execute(['sh', '-c', `command -v oathtool || ${install}`])
  assert.equal(code, 0, stderr)
}
