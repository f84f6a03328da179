// One host: a Debian with systemd in namespaces of its own, its disk an overlay, its cable a veth pair. It can be
// looked into, rebooted, crashed, robbed of its power, its network, its disk space.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { appendFile, chown, copyFile, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { killCgroup, labCgroup, labFolder, removeCgroup } from './cleanup.js'
import { copyNow, type Disk, type DiskKind, discard, fill, free, fresh, rootOf, useCopy } from './disk.js'
import { hostAddress, hostNamespace, plug, type Subnet, setCut, setShut, unplug } from './network.js'
import type { Layer, Suite } from './recipes.js'
import { type ExecuteOptions, execute, must, type Result, sleep, tail } from './tools.js'

export interface HostOptions {
  suite: Suite
  layers?: Layer[]
  /** POSIX sh run in a chroot of the host's root (with a network of its own) before each boot from a reset */
  setup?: string
  /** where the host's changes lie: in memory, or on ext4 over a loop file (for powerCut and fillDisk) */
  disk?: DiskKind
  /** size of the ext4 disk in MB; 300 unless told */
  sizeMb?: number
  /** the port that must greet before the host counts as booted; 0: do not wait for one. 22 unless told */
  port?: number
  /** more arguments for systemd-nspawn, such as --capability=all */
  nspawn?: string[]
}

export interface BootOptions {
  /** the port to wait for; 0: none */
  port?: number
  timeoutMs?: number
}

/** What a host needs of its lab. */
export interface Surroundings {
  lab: string
  net: Subnet
  lowers: string[]
  greets(host: string, port: number, timeoutMs: number): Promise<boolean>
}

const environment = [
  ...['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ...['HOME=/root', 'USER=root', 'LOGNAME=root', 'SHELL=/bin/bash', 'LANG=C.UTF-8', 'TERM=dumb'],
]

/** systemd-nspawn's way of saying that the host asked for a reboot. */
const rebootStatus = 133

export class Host {
  readonly name: string
  readonly ip4: string
  readonly ip6: string
  readonly suite: Suite
  readonly rootPath: string
  /** how often it has been started; a reboot from inside counts too */
  boots = 0
  readonly #options: HostOptions
  readonly #around: Surroundings
  readonly #index: number
  readonly #disk: Disk
  #nspawn: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #leader: number | undefined
  #wanted = false
  #cut = false

  constructor(index: number, options: HostOptions, around: Surroundings) {
    const { ip4, ip6 } = hostAddress(around.net, index)
    this.name = `host${index}`
    this.ip4 = ip4
    this.ip6 = ip6
    this.suite = options.suite
    this.#options = options
    this.#around = around
    this.#index = index
    const folder = `${labFolder(around.lab)}/h${index}`
    this.#disk = { kind: options.disk ?? 'overlay', folder, lowers: around.lowers, sizeMb: options.sizeMb ?? 300 }
    this.rootPath = rootOf(this.#disk)
  }

  get #machine(): string {
    return `${this.#around.lab}-h${this.#index}`
  }

  get #cgroup(): string {
    return `${labCgroup(this.#around.lab)}/h${this.#index}`
  }

  get #console(): string {
    return `${labFolder(this.#around.lab)}/h${this.#index}.console`
  }

  get running(): boolean {
    return this.#nspawn !== undefined
  }

  /** What the host printed on its console since it was made. */
  async console(): Promise<string> {
    return existsSync(this.#console) ? await readFile(this.#console, 'utf8') : ''
  }

  /** Throws every change away, prepares the root again and boots. */
  async reset(options: BootOptions = {}): Promise<void> {
    await this.kill()
    await fresh(this.#disk)
    await this.#personalise()
    if (this.#options.setup !== undefined) {
      const { code, stdout, stderr } = await this.chroot(this.#options.setup)
      if (code !== 0) throw new Error(`${this.name}: setup ended with ${code}\n${tail(stdout + stderr)}`)
    }
    await this.boot(options)
  }

  /** What no two machines share: name, machine id, host keys. The keys stay the same over resets. */
  async #personalise(): Promise<void> {
    const root = this.rootPath
    const keys = `${labFolder(this.#around.lab)}/h${this.#index}.keys`
    if (!existsSync(keys)) {
      await mkdir(`${keys}/etc/ssh`, { recursive: true })
      await must(['ssh-keygen', '-A', '-f', keys])
    }
    for (const name of await readdir(`${keys}/etc/ssh`)) {
      await copyFile(`${keys}/etc/ssh/${name}`, `${root}/etc/ssh/${name}`)
      if (name.endsWith('.pub')) {
        const text = (await readFile(`${root}/etc/ssh/${name}`, 'utf8')).split(' ').slice(0, 2).join(' ')
        await writeFile(`${root}/etc/ssh/${name}`, `${text} root@${this.name}\n`)
      }
    }
    // logind makes it when it first starts, which may be before or after the first look at a host
    await mkdir(`${root}/var/lib/systemd/linger`, { recursive: true })
    await writeFile(`${root}/etc/hostname`, `${this.name}\n`)
    const loopback = '::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters'
    await writeFile(`${root}/etc/hosts`, `127.0.0.1 localhost\n127.0.1.1 ${this.name}\n${loopback}\n`)
    const id = this.#index.toString(16).padStart(4, '0')
    await writeFile(`${root}/etc/machine-id`, `5269656765006c6162000000${'0000'}${id}\n`)
    await chown(`${root}/etc/machine-id`, 0, 0)
  }

  /** Runs sh in the root of a host, running or not, without its processes and in a network that is nobody's. */
  async chroot(script: string, options: ExecuteOptions = {}): Promise<Result> {
    const outer = `mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
root=$1
shift
exec chroot "$root" "$@"`
    const alone = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private']
    const inside = [...environment, 'DEBIAN_FRONTEND=noninteractive', '/bin/sh', '-euc', script]
    return await execute([...alone, 'sh', '-euc', outer, 'sh', this.rootPath, ...inside], options)
  }

  /** Starts the host and waits until its port greets. */
  async boot({ port = this.#options.port ?? 22, timeoutMs = 30_000 }: BootOptions = {}): Promise<void> {
    if (this.running) throw new Error(`${this.name} is running already`)
    const until = Date.now() + timeoutMs
    this.#wanted = true
    await this.#launch()
    await this.#booted(port, until)
  }

  async #booted(port: number, until: number): Promise<void> {
    while (this.#leader === undefined && Date.now() < until) await sleep(10)
    if (this.#leader === undefined) throw await this.#failure('did not start')
    if (port === 0 || (await this.waitForPort(port, Math.max(100, until - Date.now())))) return
    throw await this.#failure(`does not greet on port ${port}`)
  }

  async #failure(what: string): Promise<Error> {
    return new Error(`${this.name} (${this.#machine}) ${what}\n${tail(await this.console())}`)
  }

  async #launch(): Promise<void> {
    const { lab, net } = this.#around
    await plug(lab, net, this.#index, this.#cut)
    removeCgroup(this.#cgroup)
    await mkdir(this.#cgroup, { recursive: true })
    await rm(`/run/systemd/nspawn/propagate/${this.#machine}`, { recursive: true, force: true })
    await rm(`/run/systemd/nspawn/unix-export/${this.#machine}`, { recursive: true, force: true })
    const nspawn = [
      ...['systemd-nspawn', '--quiet', '--boot', '--register=no', '--keep-unit', '--console=pipe', '--link-journal=no'],
      ...['--resolv-conf=off', '--timezone=off', '--capability=CAP_NET_ADMIN'],
      ...[`--network-namespace-path=/run/netns/${hostNamespace(lab, this.#index)}`],
      ...[`--machine=${this.#machine}`, `--hostname=${this.name}`, `--directory=${this.rootPath}`],
      ...(this.#options.nspawn ?? []),
    ]
    const enter = 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"'
    const output = openSync(this.#console, 'a')
    const child = spawn('sh', ['-euc', enter, 'sh', this.#cgroup, ...nspawn], {
      stdio: ['ignore', output, output],
      detached: true,
      // version 2 alone: systemd 257 refuses version 1, and only here can systemd kill a unit's cgroup
      env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1', SYSTEMD_NSPAWN_LOCK: '0' },
    })
    closeSync(output)
    this.#nspawn = child
    this.boots += 1
    this.#ended = new Promise(resolve => {
      child.on('error', () => resolve(this.#over(child, null)))
      child.on('exit', code => resolve(this.#over(child, code)))
    })
    await this.#findLeader(child)
  }

  /** After the end of nspawn: a host that asked for a reboot is started again. */
  async #over(child: ChildProcess, code: number | null): Promise<void> {
    if (this.#nspawn !== child) return
    this.#nspawn = undefined
    this.#leader = undefined
    await appendFile(this.#console, `lab: ended with ${code}\n`).catch(() => {})
    if (code === rebootStatus && this.#wanted) {
      await this.#launch().catch(error => appendFile(this.#console, `lab: ${error}\n`))
    } else {
      this.#wanted = false
    }
  }

  /** The host's process 1 as seen from outside, once it is the host's own program. */
  async #findLeader(child: ChildProcess): Promise<void> {
    while (this.#nspawn === child) {
      const text = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => '')
      for (const pid of text.split(' ').filter(Boolean).map(Number)) {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
        const program = await readlink(`/proc/${pid}/exe`).catch(() => 'nspawn')
        if (!/^NSpid:.*\s1$/m.test(status) || program.endsWith('nspawn')) continue
        if (this.#nspawn === child) this.#leader = pid
        return
      }
      await sleep(5)
    }
  }

  /** argv that runs inside the running host, as root; it may be spawned by whoever needs pipes or a terminal. */
  enter(argv: string[]): string[] {
    if (this.#leader === undefined) throw new Error(`${this.name} is not running`)
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd']
    return ['nsenter', '--target', String(this.#leader), ...namespaces, '--', ...environment, ...argv]
  }

  /** Runs sh inside the running host as root. */
  async sh(script: string, options: ExecuteOptions = {}): Promise<Result> {
    return await execute(this.enter(['/bin/sh', '-c', script]), { timeoutMs: 60_000, ...options })
  }

  /** The same, when it must succeed; returns what it printed. */
  async must(script: string, options: ExecuteOptions = {}): Promise<string> {
    return await must(this.enter(['/bin/sh', '-c', script]), { timeoutMs: 60_000, ...options })
  }

  async bootId(): Promise<string> {
    return (await this.must('cat /proc/sys/kernel/random/boot_id')).trim()
  }

  /** Reboots from inside and waits until it greets again. */
  async reboot(options: BootOptions = {}): Promise<void> {
    const before = this.boots
    await this.sh('systemctl reboot || reboot', { timeoutMs: 10_000 })
    await this.rebooted(before, options)
  }

  /** Waits for a boot after the given count of `boots`, by whomever it was asked for. */
  async rebooted(before: number, { port = this.#options.port ?? 22, timeoutMs = 60_000 }: BootOptions = {}) {
    const until = Date.now() + timeoutMs
    while (this.boots === before && this.#wanted && Date.now() < until) await sleep(10)
    if (this.boots === before) throw await this.#failure(this.#wanted ? 'does not reboot' : 'is off')
    await this.#booted(port, until)
  }

  /** A crash: every process gone at once, nothing said to anybody; the kernel still writes what was not synced. */
  async kill(): Promise<void> {
    this.#wanted = false
    await unplug(this.#around.lab, this.#index)
    // a reboot may be under way just now: its new process is ended as well
    do {
      killCgroup(this.#cgroup)
      await this.#ended
    } while (this.running)
    removeCgroup(this.#cgroup)
  }

  /** A cut of power: what was not synced is gone (ext4 only). Boots again. */
  async powerCut(options: BootOptions = {}): Promise<void> {
    if (this.#disk.kind !== 'ext4') throw new Error(`${this.name} has no disk that can lose power: disk: 'ext4'`)
    await setCut(this.#around.lab, this.#index, true)
    if (this.running) await this.#freeze()
    await copyNow(this.#disk)
    await this.kill()
    await useCopy(this.#disk)
    await this.boot(options)
  }

  async #freeze(): Promise<void> {
    await writeFile(`${this.#cgroup}/cgroup.freeze`, '1')
    for (let round = 0; round < 100; round += 1) {
      if (/^frozen 1$/m.test(await readFile(`${this.#cgroup}/cgroup.events`, 'utf8'))) return
      await sleep(2)
    }
  }

  /** Whether the port greets like sshd, seen from the operator's side (over IPv4 unless told). */
  async waitForPort(port: number, timeoutMs = 10_000, family: 4 | 6 = 4): Promise<boolean> {
    return await this.#around.greets(family === 4 ? this.ip4 : this.ip6, port, timeoutMs)
  }

  /** Cuts the way between this host and everybody else; neither end sees its link go down. Lasts over reboots. */
  async cutNetwork(): Promise<void> {
    this.#cut = true
    await setCut(this.#around.lab, this.#index, true)
  }

  async mendNetwork(): Promise<void> {
    this.#cut = false
    await setCut(this.#around.lab, this.#index, false)
  }

  /** Drops a TCP port on the way between operator and host, in both families. */
  async blockPort(port: number): Promise<void> {
    await setShut(this.#around.lab, this.#around.net, this.#index, port, true)
  }

  async unblockPort(port: number): Promise<void> {
    await setShut(this.#around.lab, this.#around.net, this.#index, port, false)
  }

  /** Sets or clears a file's immutable attribute. */
  async immutable(path: string, on: boolean): Promise<void> {
    await this.must(`chattr ${on ? '+i' : '-i'} -- "$(cat)"`, { input: path })
  }

  /** Makes /etc read-only for everybody in the host, until it is taken back or the host boots. */
  async readOnlyEtc(on: boolean): Promise<void> {
    // busy for as long as somebody has a file below it open for writing
    const set = `mount --bind /etc /etc
i=0; until mount -o remount,bind,ro /etc; do i=$((i + 1)); [ $i -lt 200 ] || exit 1; sleep 0.01; done`
    await this.must(on ? set : 'umount /etc || umount -l /etc')
  }

  /** Leaves not one free block on the host's disk (ext4 only). */
  async fillDisk(): Promise<void> {
    if (this.#disk.kind !== 'ext4') throw new Error(`${this.name} has no disk that can be full: disk: 'ext4'`)
    await fill(this.#disk)
  }

  async freeDisk(): Promise<void> {
    await free(this.#disk)
  }

  /** Ends the host and throws its disk away. */
  async stop(): Promise<void> {
    await this.kill()
    await discard(this.#disk)
  }
}
