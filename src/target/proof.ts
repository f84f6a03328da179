import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../model/shell.js'
import { bootstrap, newToken } from './frames.js'
import { aliveness, fresh, readSshLog, type Server, type SshLog } from './ssh.js'

export interface Way {
  readonly user: string
  readonly port: number
  /** private key, or its .pub where an agent holds the private half; null = offer nothing */
  readonly identity: string | null
  readonly passphrase?: string
  readonly family?: 'inet' | 'inet6'
}

export type Answer =
  /** logged in; `root`: became root as well; `acceptedKey`: fingerprint by the client's own log */
  | { readonly answer: 'in'; readonly root: boolean; readonly said: string; readonly log: SshLog; readonly ms: number }
  /** ssh's own last line: Permission denied */
  | { readonly answer: 'refused'; readonly log: SshLog; readonly ms: number }
  /** nothing listens there, or it is shut */
  | { readonly answer: 'closed'; readonly log: SshLog; readonly ms: number }
  /** time-out, reset, drop: no answer either way */
  | { readonly answer: 'none'; readonly why: string; readonly log: SshLog; readonly ms: number }

const askpass = `#!/bin/sh
case $1 in "Enter passphrase for key '"*"': "|"Enter passphrase for "*": ") printf '%s\\n' "$RIEGEL_PASSPHRASE" ;; *) exit 1 ;; esac
`

/**
 * A fresh login: nothing shared with a connection that is open, one identity, a private known_hosts file that holds
 * exactly the key the work connection saw. A login counts only by a random token that the server's shell echoes; a
 * refusal only as ssh's own last line.
 *
 * `sudo`: how to become root there: `none` does not try, `nopasswd` runs `sudo -n`, else the password goes to
 * `sudo -S` over standard input. `keep` milliseconds bound the whole attempt.
 */
export const prove = async (
  server: Server,
  way: Way,
  sudo: 'none' | 'nopasswd' | { readonly password: string },
  timeoutMs: number,
): Promise<Answer> => {
  const started = Date.now()
  const token = newToken()
  const log = join(server.folder, `proof-${token.slice(-8)}.log`)
  const known = join(server.folder, 'proof-known-hosts')
  const key = server.hostKey
  if (key === null) return { answer: 'none', why: 'no host key was seen', log: readSshLog(''), ms: 0 }
  writeFileSync(known, `${key.name} ${key.type} ${key.blob}\n`, { mode: 0o600 })
  const env: NodeJS.ProcessEnv = { ...process.env }
  if (way.passphrase !== undefined) {
    const helper = join(server.folder, 'askpass')
    writeFileSync(helper, askpass, { mode: 0o700 })
    Object.assign(env, {
      SSH_ASKPASS: helper,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':0',
      RIEGEL_PASSPHRASE: way.passphrase,
    })
  }
  const identity =
    way.identity === null
      ? ['-o', 'PreferredAuthentications=none', '-o', 'PubkeyAuthentication=no']
      : ['-o', `IdentityFile=${way.identity}`, '-o', 'IdentitiesOnly=yes', '-o', 'PreferredAuthentications=publickey']
  const child = spawn(
    'ssh',
    [
      ...fresh,
      ...aliveness,
      '-v',
      '-E',
      log,
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      `UserKnownHostsFile=${known}`,
      '-o',
      'GlobalKnownHostsFile=/dev/null',
      '-o',
      `HostKeyAlias=${key.name}`,
      '-o',
      'KbdInteractiveAuthentication=no',
      '-o',
      'PasswordAuthentication=no',
      '-o',
      'NumberOfPasswordPrompts=1',
      '-o',
      `ConnectTimeout=${Math.max(2, Math.min(15, Math.floor(timeoutMs / 1000)))}`,
      ...(way.passphrase === undefined ? ['-o', 'BatchMode=yes'] : []),
      ...(way.family === undefined ? [] : ['-o', `AddressFamily=${way.family}`]),
      ...identity,
      '-l',
      way.user,
      '-p',
      String(way.port),
      ...server.address.options.filter((word, at, all) => word !== '-p' && all[at - 1] !== '-p' && !/^-p\d/.test(word)),
      server.address.host,
      bootstrap,
    ],
    { stdio: 'pipe', env },
  )
  const root =
    sudo === 'none'
      ? ''
      : sudo === 'nopasswd'
        ? `r=$(LC_ALL=C sudo -n -- id -u 2>&1 </dev/null)`
        : `IFS= read -r p; r=$(printf '%s\\n' "$p" | LC_ALL=C sudo -S -k -p '' -- id -u 2>&1)`
  const script = `printf '\\n%s in %s\\n' ${quote(token)} "$(id -un)"\n${root}\nprintf '\\n%s root %s\\n' ${quote(token)} "$(printf %s "$r" | tail -n 1)"\nexit 0`
  const secret = typeof sudo === 'object' ? `${sudo.password}\n` : ''
  child.stdin.on('error', () => {})
  child.stdin.end(`${Buffer.byteLength(script)}\n${script}${secret}`)
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (out.length < 1_000_000) out += chunk
    else child.kill('SIGKILL')
  })
  child.stderr.resume()
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const timedOut = await new Promise<boolean>(resolve => {
    child.on('error', () => resolve(false))
    child.on('close', (_, signal) => resolve(signal !== null))
  })
  clearTimeout(timer)
  const raw = existsSync(log) ? readFileSync(log, 'utf8') : ''
  rmSync(log, { force: true })
  const said = readSshLog(raw)
  const ms = Date.now() - started
  const entered = new RegExp(`\\n${token} in (\\S*)\\n`).exec(out)
  if (entered && entered[1] === way.user) {
    const answer = new RegExp(`\\n${token} root (.*)\\n`).exec(out)?.[1] ?? ''
    return { answer: 'in', root: sudo !== 'none' && answer.trim() === '0', said: answer, log: said, ms }
  }
  const last = raw.trim().split('\n').at(-1) ?? ''
  if (/^(\S+@\S+: )?Permission denied \([^)]*\)\.\s*$/.test(last)) return { answer: 'refused', log: said, ms }
  if (/Connection refused/.test(last)) return { answer: 'closed', log: said, ms }
  return { answer: 'none', why: timedOut ? 'timeout' : last.slice(0, 300), log: said, ms }
}
