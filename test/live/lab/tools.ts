// What every part of the lab needs from this machine: running a program and reading its answer, the tools that must
// be installed, and whether a lab can be had here at all.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

export interface Result {
  code: number | null
  stdout: string
  stderr: string
}

export interface ExecuteOptions {
  input?: string
  env?: Record<string, string>
  timeoutMs?: number
  cwd?: string
}

/** A program that is running: it can be killed, and its whole answer awaited. */
export interface Running {
  pid: number
  child: ChildProcess
  kill(signal?: NodeJS.Signals): void
  done: Promise<Result>
}

/** Starts a program in a process group of its own; a time-out kills the group. Its input is ended unless kept open. */
export function start(argv: string[], options: ExecuteOptions = {}, keepInput = false): Running {
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    cwd: options.cwd,
    // a program that is itself a test runner must not take itself for a part of this one
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const pid = child.pid ?? 0
  const kill = (signal: NodeJS.Signals = 'SIGTERM') => {
    try {
      if (pid > 0) process.kill(-pid, signal)
    } catch {
      // already gone
    }
  }
  const done = new Promise<Result>((resolve, reject) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', chunk => out.push(chunk))
    child.stderr.on('data', chunk => err.push(chunk))
    child.stdin.on('error', () => {})
    child.on('error', reject)
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => kill('SIGKILL'), options.timeoutMs)
    let finished = false
    const finish = (code: number | null) => {
      if (finished) return
      finished = true
      clearTimeout(timer)
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    }
    child.on('close', finish)
    // A daemon that was started along the way may keep the pipes open for ever: its parent's end is what counts. What
    // lies in them is read first: after a long turn of this process the time is over before it looked.
    child.on('exit', code => setTimeout(() => setImmediate(finish, code), 250).unref())
  })
  if (keepInput) child.stdin.write(options.input ?? '')
  else child.stdin.end(options.input ?? '')
  return { pid, child, kill, done }
}

/** Runs a program to its end. */
export async function execute(argv: string[], options: ExecuteOptions = {}): Promise<Result> {
  return await start(argv, options).done
}

/** Runs a program that must succeed, and returns what it printed. */
export async function must(argv: string[], options: ExecuteOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await execute(argv, options)
  if (code !== 0) throw new Error(`${argv.join(' ').slice(0, 300)}: exit ${code}: ${tail(stderr || stdout)}`)
  return stdout
}

/** The same, at once: for tidying up while the process ends. Never throws. */
export function executeSync(argv: string[], timeoutMs = 10_000): Result {
  const { status, stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8', timeout: timeoutMs })
  return { code: status, stdout: stdout ?? '', stderr: stderr ?? '' }
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** The last lines of a long output. */
export function tail(text: string, lines = 15): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

/** A word that a shell reads as it stands. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Where cgroup version 2 is mounted: alone, or beside version 1. */
export function cgroupRoot(): string | undefined {
  return ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find(folder => existsSync(`${folder}/cgroup.controllers`))
}

/** Whether hosts can be booted on this machine; if not, why, for the one loud line of a skipped test. */
export function available(): { ok: true } | { ok: false; why: string } {
  const no = (why: string) => ({ ok: false as const, why })
  if (process.platform !== 'linux') return no(`live hosts need Linux, this is ${process.platform}`)
  if (process.getuid?.() !== 0) return no('live hosts need root (namespaces, mounts): run it as root')
  if (!/^ID=debian$/m.test(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '')) {
    return no('live hosts are built with Debian’s own tools from this machine’s Debian mirror: run on Debian')
  }
  if (cgroupRoot() === undefined) return no('live hosts need cgroup version 2 mounted below /sys/fs/cgroup')
  if (executeSync(['unshare', '--mount', '--net', '--pid', '--fork', 'true']).code !== 0) {
    return no('live hosts need mount, network and pid namespaces, which this machine refuses')
  }
  return { ok: true }
}

const tools: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  nft: 'nftables',
  'mkfs.ext4': 'e2fsprogs',
  losetup: 'mount',
  script: 'bsdutils',
  'dpkg-scanpackages': 'dpkg-dev',
  ssh: 'openssh-client',
  sshpass: 'sshpass',
}

/** Installs what is missing of the tools, and says so on stderr. */
export async function ensureTools(): Promise<void> {
  const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', ...(process.env['PATH'] ?? '').split(':')]
  const missing = Object.entries(tools)
    .filter(([program]) => !folders.some(folder => existsSync(`${folder}/${program}`)))
    .map(([, name]) => name)
  if (missing.length === 0) return
  process.stderr.write(`lab: installing ${missing.join(' ')}\n`)
  const install = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=120', 'install', '--no-install-recommends', '-y']
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' } }
  if ((await execute([...install, ...missing], options)).code === 0) return
  await must(['apt-get', '-qq', 'update'])
  await must([...install, ...missing], options)
}
