// Taking a lab down by its name alone: everything a lab makes carries its name, so this works at the end of a test,
// when the process is told to stop, and for what a killed process of an earlier day left behind. It is synchronous
// and may be repeated.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { cgroupRoot, executeSync } from './tools.js'

/** One folder per lab, itself a tmpfs: consoles, host keys, and below it the disks and roots of the hosts. */
export const stateFolder = '/run/riegel-lab'

export function labFolder(lab: string): string {
  return `${stateFolder}/${lab}`
}

export function labCgroup(lab: string): string {
  return `${cgroupRoot() ?? '/sys/fs/cgroup'}/${lab}`
}

/** When a process began, as the kernel counts: with its id it names one process for good. */
function began(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, '').trim().split(' ')[19]
  } catch {
    return undefined
  }
}

/** Marks the lab as this process's own. */
export function claim(lab: string): void {
  writeFileSync(`${labFolder(lab)}/owner`, `${process.pid} ${began(process.pid)}\n`)
}

function abandoned(lab: string): boolean {
  try {
    const [pid, since] = readFileSync(`${labFolder(lab)}/owner`, 'utf8')
      .trim()
      .split(' ')
    return began(Number(pid)) !== since
  } catch {
    // an unmarked folder is one that is being made, or the rest of one that was taken down half way
    return !/^rl.*-(\d+)-\d+$/.test(lab) || began(Number(/-(\d+)-\d+$/.exec(lab)?.[1])) === undefined
  }
}

function attempt(action: () => void): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** The folders of a cgroup, deepest first. */
function cgroupTree(folder: string): string[] {
  if (!existsSync(folder)) return []
  const below = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory())
  return [...below.flatMap(entry => cgroupTree(`${folder}/${entry.name}`)), folder]
}

/** Kills whatever is in a cgroup and below it. */
export function killCgroup(folder: string): void {
  if (!existsSync(folder)) return
  if (attempt(() => writeFileSync(`${folder}/cgroup.kill`, '1'))) return
  for (const member of cgroupTree(folder)) {
    attempt(() => {
      for (const pid of readFileSync(`${member}/cgroup.procs`, 'utf8').split('\n').filter(Boolean)) {
        attempt(() => process.kill(Number(pid), 'SIGKILL'))
      }
    })
  }
}

/** Removes a cgroup once its processes are gone; the kernel takes some milliseconds for that. */
export function removeCgroup(folder: string): void {
  // systemd-nspawn makes the same folder in the hierarchy that systemd uses where version 1 is mounted too
  for (const twin of [folder, folder.replace('/cgroup/unified/', '/cgroup/systemd/')]) {
    for (let round = 0; round < 200 && existsSync(twin); round += 1) {
      for (const member of cgroupTree(twin)) attempt(() => rmdirSync(member))
      if (existsSync(twin)) pause(10)
    }
  }
}

/** Every mount at or below a folder, the last made first. */
export function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(point => point === folder || point.startsWith(`${folder}/`))
    .toReversed()
}

/** Unmounts all at or below a folder; what is still in use is detached and goes when its last user does. */
export function unmountBelow(folder: string): void {
  for (const point of mountsBelow(folder)) {
    let done = executeSync(['umount', point]).code === 0
    for (let round = 0; round < 20 && !done; round += 1) {
      pause(10)
      done = executeSync(['umount', point]).code === 0
    }
    if (!done) executeSync(['umount', '--lazy', point])
  }
}

function namespaces(lab: string): string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns').filter(name => name.startsWith(`${lab}-`)) : []
}

/** Takes a lab down: processes, namespaces, mounts with their loop devices, folders. */
export function takeDown(lab: string): void {
  killCgroup(labCgroup(lab))
  for (const name of namespaces(lab)) {
    const pids = executeSync(['ip', 'netns', 'pids', name]).stdout.split('\n').filter(Boolean).map(Number)
    for (const pid of pids) if (pid !== process.pid) attempt(() => process.kill(pid, 'SIGKILL'))
  }
  removeCgroup(labCgroup(lab))
  for (const name of namespaces(lab)) {
    executeSync(['ip', 'netns', 'delete', name])
    rmSync(`/etc/netns/${name}`, { recursive: true, force: true })
  }
  attempt(() => rmdirSync('/etc/netns'))
  unmountBelow(labFolder(lab))
  attempt(() => rmdirSync(labFolder(lab)))
  attempt(() => rmdirSync(stateFolder))
  for (const folder of ['/run/systemd/nspawn/propagate', '/run/systemd/nspawn/unix-export']) {
    if (!existsSync(folder)) continue
    for (const name of readdirSync(folder).filter(name => name.startsWith(`${lab}-`))) {
      rmSync(`${folder}/${name}`, { recursive: true, force: true })
    }
  }
}

/** Takes down what processes left behind that are no more. */
export function sweep(): void {
  if (!existsSync(stateFolder)) return
  for (const lab of readdirSync(stateFolder)) if (abandoned(lab)) takeDown(lab)
}

const open = new Set<string>()
const signals: [NodeJS.Signals, number][] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]
const handlers = signals.map(([signal, code]) => ({ signal, stop: () => process.exit(code) }))

function takeDownAll(): void {
  for (const lab of open) takeDown(lab)
  open.clear()
}

/** From now on the lab is taken down when this process ends, however it does (SIGKILL is left to the next sweep). */
export function watch(lab: string): void {
  if (open.size === 0) {
    process.on('exit', takeDownAll)
    for (const { signal, stop } of handlers) process.on(signal, stop)
  }
  open.add(lab)
}

export function unwatch(lab: string): void {
  open.delete(lab)
  if (open.size > 0) return
  process.off('exit', takeDownAll)
  for (const { signal, stop } of handlers) process.off(signal, stop)
}

/** Makes the lab's folder, on a file system in memory that vanishes with its mount. */
export function makeFolder(lab: string): void {
  mkdirSync(labFolder(lab), { recursive: true })
  const { code, stderr } = executeSync(['mount', '-t', 'tmpfs', '-o', 'mode=0711', 'lab', labFolder(lab)])
  if (code !== 0) throw new Error(`mount: ${stderr.trim()}`)
  claim(lab)
}
