import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../model/shell.js'
import { askpassEnvironment, forgetAnswers } from './askpass.js'
import { aliveness, bootstrap, fresh } from './dial.js'
import { newToken } from './frames.js'
import { spawnSsh } from './spawn.js'
import { readLog, readSshLog, type Server, type SshLog, watchForTouch } from './ssh.js'

export interface Way {
  readonly user: string
  readonly port: number
  /** a private key, or its .pub where an agent holds the private half; `own` = whatever the person's ssh offers; null = nothing */
  readonly identity: { readonly path: string; readonly fingerprint: string } | 'own' | null
  readonly passphrase?: string
  /** where sshd asks for a code too: the next one that was not used; rejects where nobody has one */
  readonly code?: () => Promise<string>
  /** the code before the key: the only order in which a code is asked for while a key alone still does */
  readonly codeFirst?: boolean
  /** the identity is kept by a security key: a login takes its PIN and a touch */
  readonly touched?: boolean
  /** nobody is asked to touch it: how far the server lets the key come shows without a signature */
  readonly unsigned?: boolean
  readonly family?: 'inet' | 'inet6'
}

export type Answer =
  /** logged in; `root`: became root as well */
  | { readonly answer: 'in'; readonly root: boolean; readonly said: string; readonly log: SshLog; readonly ms: number }
  /** ssh's own last line: Permission denied */
  | { readonly answer: 'refused'; readonly log: SshLog; readonly ms: number }
  /** nothing listens there, or it is shut */
  | { readonly answer: 'closed'; readonly log: SshLog; readonly ms: number }
  /** time-out, reset, drop: no answer either way */
  | { readonly answer: 'none'; readonly why: string; readonly log: SshLog; readonly ms: number }

interface Visit {
  readonly out: string
  readonly raw: string
  readonly log: SshLog
  readonly timedOut: boolean
  readonly ms: number
}

/** In which order ssh tries what it has. */
const methodsOf = ({ code, codeFirst }: Way): string =>
  code === undefined ? 'publickey' : codeFirst ? 'keyboard-interactive,publickey' : 'publickey,keyboard-interactive'

const identityOf = (way: Way): string[] =>
  way.identity === 'own'
    ? ['-o', `PreferredAuthentications=${methodsOf(way)}`]
    : way.identity === null
      ? ['-o', 'PreferredAuthentications=none', '-o', 'PubkeyAuthentication=no']
      : [
          '-o',
          `IdentityFile=${way.identity.path}`,
          '-o',
          'IdentitiesOnly=yes',
          // an agent that holds it as well would ask for the PIN in its own way
          ...(way.touched && !way.identity.path.endsWith('.pub') ? ['-o', 'IdentityAgent=none'] : []),
          '-o',
          `PreferredAuthentications=${methodsOf(way)}`,
        ]

/**
 * A fresh connection: nothing shared with one that is open, one identity, a private known_hosts file that holds
 * exactly the key the work connection saw. Runs a script, its standard input after it. Bounded by `timeoutMs`.
 */
const visit = async (server: Server, way: Way, script: string, input: string, timeoutMs: number): Promise<Visit> => {
  const mark = newToken().slice(-8)
  const log = join(server.folder, `proof-${mark}.log`)
  const known = join(server.folder, `proof-${mark}.known`)
  const key = server.hostKey
  if (key === null) return { out: '', raw: 'no host key was seen', log: readSshLog(''), timedOut: false, ms: 0 }
  writeFileSync(known, `${key.name} ${key.type} ${key.blob}\n`, { mode: 0o600 })
  const touch = way.identity !== null && !way.unsigned ? server.securityKey : null
  const words = await way.code?.()
  const code = words === undefined ? undefined : { words, account: way.user, host: key.name }
  // whatever else ssh might ask is answered by nobody, and not asked on the terminal
  const answers = [way.passphrase, code, way.touched, touch ?? undefined].some(one => one !== undefined)
  const env = answers ? askpassEnvironment(server.folder, way.passphrase ?? '', code, touch?.pin) : {}
  const started = Date.now()
  const child = spawnSsh(
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
      `KbdInteractiveAuthentication=${way.code === undefined ? 'no' : 'yes'}`,
      '-o',
      'PasswordAuthentication=no',
      '-o',
      'NumberOfPasswordPrompts=1',
      '-o',
      `ConnectTimeout=${Math.max(2, Math.min(15, Math.floor(timeoutMs / 1000)))}`,
      ...(answers ? [] : ['-o', 'BatchMode=yes']),
      // a library that is none: nothing signs
      ...(way.unsigned ? ['-o', 'SecurityKeyProvider=/dev/null'] : []),
      ...(way.family === undefined ? [] : ['-o', `AddressFamily=${way.family}`]),
      ...identityOf(way),
      '-l',
      way.user,
      '-p',
      String(way.port),
      ...without(server.address.options, way.identity === 'own' ? ['-p'] : ['-p', '-i']),
      server.address.host,
      bootstrap,
    ],
    { stdio: 'pipe', env: { ...process.env, ...env } },
  )
  child.stdin.on('error', () => {})
  child.stdin.end(`${Buffer.byteLength(script)}\n${script}${input}`)
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (out.length < 1_000_000) out += chunk
    else child.kill('SIGKILL')
  })
  child.stderr.resume()
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const seen = touch === null ? () => {} : watchForTouch(log, () => touch.touch())
  const timedOut = await new Promise<boolean>(resolve => {
    child.on('error', () => resolve(false))
    child.on('close', (_, signal) => resolve(signal !== null))
    // a jump host's ssh may hold the streams open after this one has ended; what lies in them is read first, however long
    // this process was held up
    child.on('exit', (_, signal) => setTimeout(() => setImmediate(resolve, signal !== null), 1000).unref())
  })
  clearTimeout(timer)
  seen()
  forgetAnswers(env)
  const raw = readLog(log)
  rmSync(log, { force: true })
  rmSync(known, { force: true })
  return { out, raw, log: readSshLog(raw), timedOut, ms: Date.now() - started }
}

/** ssh's options without some letters; identities given by `-o` go with `-i`: they add up, whatever IdentitiesOnly says. */
const without = (options: readonly string[], letters: readonly string[]): string[] => {
  const kept: string[] = []
  for (let at = 0; at < options.length; at += 2) {
    const [letter = '', value = ''] = options.slice(at, at + 2)
    const identity = letters.includes('-i') && letter === '-o' && /^\s*(identity|certificate)file\b/i.test(value)
    if (!letters.includes(letter) && !identity) kept.push(letter, value)
  }
  return kept
}

/** Runs a command as root and gives its words in `r`; the password arrives on standard input. */
const asRoot = (sudo: Sudo, command: string, errors = '2>&1'): string =>
  sudo === 'none'
    ? `r=$(${command} ${errors} </dev/null)`
    : sudo === 'nopasswd'
      ? `r=$(LC_ALL=C sudo -n -- ${command} ${errors} </dev/null)`
      : `IFS= read -r p; r=$(printf '%s\\n' "$p" | LC_ALL=C sudo -S -k -p '' -- ${command} ${errors})`

const secretOf = (sudo: Sudo): string => (typeof sudo === 'object' ? `${sudo.password}\n` : '')

/** ssh's own last line; a server's words never count. */
const isRefusal = ({ denied }: SshLog): boolean => denied.length > 0

/** The key was taken (this one, where one is named), and only a code is missing still: so far the way is open. */
export const lacksOnlyCode = (answer: Answer, fingerprint: string): boolean =>
  answer.answer === 'refused' &&
  answer.log.acceptedKey !== null &&
  ['', answer.log.acceptedKey].includes(fingerprint) &&
  answer.log.denied.join() === 'keyboard-interactive'

/** The same way without what only a person can give: no code, no touch. */
export const unattended = ({ code: _, ...way }: Way): Way => (way.touched ? { ...way, unsigned: true } : way)

/** As far as a way comes without a person, it is open: only their code or their touch is missing. */
export const lacksOnlyPerson = (answer: Answer, way: Way, fingerprint: string): boolean =>
  way.touched
    ? answer.answer === 'refused' && fingerprint !== '' && answer.log.acceptedKey === fingerprint
    : lacksOnlyCode(answer, fingerprint)

/** How the account becomes root: it is root, `sudo -n`, or sudo with its password over standard input. */
export type Sudo = 'none' | 'nopasswd' | { readonly password: string }

/**
 * Proves a way in, or that it is shut. A login counts only by a random token that the server's shell echoes and, where
 * one key was offered, by the client's own log; a refusal only as ssh's own last line.
 */
export const prove = async (server: Server, way: Way, sudo: Sudo, timeoutMs: number): Promise<Answer> => {
  const token = newToken()
  const script = `printf '\n%s in %s\n' ${quote(token)} "$(id -un)"\n${asRoot(sudo, 'id -u')}\nprintf '\n%s root %s\n' ${quote(token)} "$(printf %s "$r" | tail -n 1)"\nexit 0`
  const { out, raw, log, timedOut, ms } = await visit(server, way, script, secretOf(sudo), timeoutMs)
  const entered = new RegExp(`\\n${token} in (\\S*)\\n`).exec(out)
  const wanted = typeof way.identity === 'object' && way.identity !== null ? way.identity.fingerprint : null
  if (entered && wanted !== null && log.acceptedKey !== wanted)
    return { answer: 'none', why: `another key was accepted: ${log.acceptedKey}`, log, ms }
  if (entered && entered[1] === way.user) {
    const answer = new RegExp(`\\n${token} root (.*)\\n`).exec(out)?.[1] ?? ''
    return { answer: 'in', root: answer.trim() === '0', said: answer.slice(0, 300), log, ms }
  }
  const last = raw.trim().split('\n').at(-1) ?? ''
  if (isRefusal(log)) return { answer: 'refused', log, ms }
  if (/Connection refused/.test(raw.trim().split('\n').slice(-4).join('\n'))) return { answer: 'closed', log, ms }
  return { answer: 'none', why: timedOut ? 'timeout' : last.slice(0, 300), log, ms }
}

/** What a script says as root over a fresh connection; `refused`, or null when it did not get there. `script` holds no secret. */
export const readAsRoot = async (
  server: Server,
  way: Way,
  sudo: Sudo,
  script: string,
  timeoutMs: number,
): Promise<string | 'refused' | null> => {
  const token = newToken()
  const command = `sh -c ${quote(script)}`
  // what sudo has to say besides (a name that does not resolve) is not the answer
  const program = `${asRoot(sudo, command, '2>/dev/null')}\nprintf '\n%s begin\n%s\n%s end\n' ${quote(token)} "$r" ${quote(token)}\nexit 0`
  const { out, log } = await visit(server, way, program, secretOf(sudo), timeoutMs)
  if (isRefusal(log)) return 'refused'
  const begin = out.indexOf(`\n${token} begin\n`)
  const end = out.indexOf(`\n${token} end\n`)
  return begin < 0 || end < 0 ? null : out.slice(begin + token.length + 8, end)
}
