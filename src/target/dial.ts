import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from './address.js'
import { spawnSsh } from './spawn.js'

// Little is imported here, so that ssh is on its way before the rest of the program is loaded.

/**
 * What the remote login shell is given: reads the real program from standard input. It holds no quote, newline,
 * backslash or exclamation mark, so that fish and csh pass it on as it is. `sh -c`, not `sh -s`: dash reads ahead
 * and would run the data (traps T58).
 */
export const bootstrap = `exec sh -c 'IFS= read -r n; s=$(head -c "$n"); eval "$s"'`

/** What a user's configuration could add to a connection is taken off; ssh takes the first value it sees. */
export const plain = [
  '-a',
  '-x',
  '-T',
  '-o',
  'ClearAllForwardings=yes',
  '-o',
  'RemoteCommand=none',
  '-o',
  'PermitLocalCommand=no',
  '-o',
  'Tunnel=no',
  '-o',
  'EscapeChar=none',
  '-o',
  'UpdateHostKeys=no',
  '-o',
  'IgnoreUnknown=ForkAfterAuthentication,StdinNull,SessionType',
  '-o',
  'ForkAfterAuthentication=no',
  '-o',
  'StdinNull=no',
  '-o',
  'SessionType=default',
] as const

/** The same, and nothing shared with a connection that is already open: only for proofs and for fetching a host key. */
export const fresh = [...plain, '-S', 'none', '-o', 'ControlMaster=no'] as const

export const aliveness = ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=4'] as const

export const connectTimeout = ['-o', 'ConnectTimeout=15'] as const

export const where = (address: Address, user = address.user, port = address.port): string[] => [
  ...(user === undefined ? [] : ['-l', user]),
  ...(port === undefined ? [] : ['-p', String(port)]),
  ...address.options,
  address.host,
]

/** Takes this run's folder away: files only, which is a tenth of what a search for more costs. Never fails. */
export const removeFolder = (folder: string): void => {
  if (!existsSync(folder)) return
  try {
    for (const name of readdirSync(folder)) unlinkSync(join(folder, name))
    rmdirSync(folder)
  } catch {
    // it is gone already, or something else lies in it
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What ssh said before anybody listened to it, and whether it has ended. */
export interface Heard {
  readonly out: string
  readonly err: string
  readonly over: boolean
}

/** A work connection on its way: ssh, the private folder (0700) of this run, and ssh's own log in it. */
export interface Work {
  readonly child: ChildProcessWithoutNullStreams
  readonly folder: string
  readonly log: string
  /** hands over to who listens from now on, in the same turn */
  take(): Heard
}

/**
 * Starts the work connection. `folder`: this run's, where it has one already. `accepted`: a file with the host key
 * that was agreed on, instead of the user's own. `answers`: environment of a program that answers what ssh asks.
 */
export const dial = (
  address: Address,
  folder = mkdtempSync(join(tmpdir(), 'riegel-')),
  accepted: string | null = null,
  answers: Readonly<Record<string, string>> = {},
): Work => {
  const log = join(folder, 'work.log')
  rmSync(log, { force: true })
  const child = spawnSsh(
    [
      ...plain,
      ...aliveness,
      '-v',
      '-E',
      log,
      '-o',
      'StrictHostKeyChecking=yes',
      ...(accepted === null ? [] : ['-o', `UserKnownHostsFile=${accepted}`]),
      // the same answer again would only count as one more failed try
      ...(Object.keys(answers).length === 0 ? [] : ['-o', 'NumberOfPasswordPrompts=1']),
      ...where(address).slice(0, -1),
      ...connectTimeout,
      address.host,
      bootstrap,
    ],
    { env: { ...process.env, ...answers } },
  )
  const heard = { out: '', err: '', over: false }
  const out = (chunk: Buffer) => {
    heard.out += chunk.toString('utf8')
  }
  const err = (chunk: Buffer) => {
    heard.err += chunk.toString('utf8')
  }
  child.stdout.on('data', out)
  child.stderr.on('data', err)
  const over = () => {
    heard.over = true
  }
  child.on('error', over)
  child.on('close', over)
  // however this process ends: it may be waiting for a password, and gives the terminal back on SIGTERM
  const leave = () => {
    child.kill('SIGTERM')
    removeFolder(folder)
  }
  process.once('exit', leave)
  child.once('close', () => process.off('exit', leave))
  const take = () => {
    child.stdout.off('data', out)
    child.stderr.off('data', err)
    return heard
  }
  return { child, folder, log, take }
}
