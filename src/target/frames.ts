import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { quote } from '../model/shell.js'
import { Lost, type RunOptions, type RunResult } from '../model/target.js'

/** A token that nothing on a server can know before it is sent. */
export const newToken = (): string => `riegel-${randomBytes(16).toString('hex')}`

/**
 * The loop that runs frames: `TOKEN SCRIPT-BYTES INPUT-BYTES`, the script, its standard input. It learns the token from its
 * very first line, `TOKEN go`: in an argument list anybody on the server could read it, and answer in its name. Were
 * that line a password that sudo left unread, it stops.
 */
const loop = `
export RIEGEL_CONNECTION="$1" RIEGEL_OPERATOR="$2" RIEGEL_UID="\${3:-$(id -u)}"
cd /
IFS= read -r first; case $first in riegel-*' go') token=\${first% go} ;; *) exit 97 ;; esac
printf '\\n%s ready %s %s\\n' "$token" "$RIEGEL_UID" "$RIEGEL_OPERATOR"
while IFS=' ' read -r word n m; do
  [ "$word" = "$token" ] || continue
  script=$(head -c "$n"; echo .); input=.; [ "$m" = 0 ] || input=$(head -c "$m"; echo .)
  printf '\\n%s out\\n' "$token"
  printf %s "\${input%.}" | ( eval "\${script%.}" ) 2>&1
  printf '\\n%s end %s\\n' "$token" "$?"
done`

/** What runs first, as whoever logged in: becomes root where it can, or says what is missing. */
const outer = (token: string): string => `
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; LC_ALL=C; export PATH LC_ALL
me=$(id -un); inner=${quote(loop)}
if [ "$(id -u)" = 0 ]; then set -- "$SSH_CONNECTION" "$me" 0; eval "$inner"; exit; fi
if ! command -v sudo >/dev/null 2>&1; then printf '\\n%s no-sudo %s\\n' ${token} "$me"
elif sudo -n true 2>/dev/null </dev/null; then exec sudo -n -- sh -c "$inner" riegel "$SSH_CONNECTION" "$me"
else printf '\\n%s password %s\\n' ${token} "$me"; fi
IFS= read -r go; IFS= read -r how
case $how in
  sudo) exec sudo -S -k -p '' -- sh -c "$inner" riegel "$SSH_CONNECTION" "$me" ;;
  plain) exec sh -c "$inner" riegel "$SSH_CONNECTION" "$me" ;;
esac`

/** What is sent before anything else: how long the program is, the program, and the line its loop waits for. */
export const opening = (token: string): string => {
  const program = outer(token)
  return `${Buffer.byteLength(program)}\n${program}${token} go\n`
}

/** One script on its way: its header, itself, its standard input. */
export const frame = (token: string, script: string, input = ''): string =>
  `${token} ${Buffer.byteLength(script)} ${Buffer.byteLength(input)}\n${script}${input}`

export type Opening =
  | { readonly state: 'ready'; readonly uid: number; readonly account: string }
  | { readonly state: 'password' | 'no-sudo'; readonly account: string }

/**
 * Speaks frames with a shell over a child process's standard streams. Whatever else the far side prints is ignored.
 * Every wait is bounded; a violation ends the process and rejects with Lost.
 */
export class Frames {
  readonly #child: ChildProcess
  readonly #token = newToken()
  #received = ''
  #dead: Error | null = null
  #wake: (() => void) | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #stderr = ''
  #limit = 16 * 1024 * 1024

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout!.setEncoding('utf8')
    child.stderr!.setEncoding('utf8')
    child.stdout!.on('data', (chunk: string) => {
      this.#received += chunk
      if (this.#received.length > this.#limit) this.#die(new Lost('too much output'))
      this.#wake?.()
    })
    child.stderr!.on('data', (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-4096)
      this.#wake?.()
    })
    child.stdin!.on('error', () => this.#die(new Lost('the connection is gone')))
    child.on('error', error => this.#die(new Lost(error.message)))
    child.on('close', () => this.#die(new Lost('the connection is gone')))
    // it may have ended before anybody listened
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      this.#dead = new Lost('the connection is gone')
  }

  get stderr(): string {
    return this.#stderr
  }

  get dead(): boolean {
    return this.#dead !== null
  }

  #die(error: Error): void {
    this.#dead ??= error
    this.#child.kill('SIGKILL')
    this.#wake?.()
  }

  /** Nothing is waited for: this process may end while ssh still does. */
  close(): void {
    this.#child.stdin!.end()
    this.#die(new Lost('closed'))
    this.#child.unref()
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream!.destroy()
  }

  /** Resolves with the match and everything before it; what was read is dropped. */
  async #until(pattern: RegExp, timeoutMs: number): Promise<{ before: string; match: RegExpExecArray }> {
    const deadline = Date.now() + timeoutMs
    let from = 0
    for (;;) {
      // a pattern begins with its newline and is short: no need to search what was searched
      pattern.lastIndex = from
      const match = pattern.exec(this.#received)
      if (match) {
        const before = this.#received.slice(0, match.index)
        this.#received = this.#received.slice(match.index + match[0].length)
        return { before, match }
      }
      if (this.#dead) throw this.#dead
      from = Math.max(0, this.#received.length - 200)
      const left = deadline - Date.now()
      if (left <= 0) {
        this.#die(new Lost('no answer in time'))
        throw this.#dead!
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = null
    }
  }

  /** Sends the program; says whether it is root already, wants sudo's password, or has no sudo. */
  async open(timeoutMs: number): Promise<Opening> {
    this.#child.stdin!.write(opening(this.#token))
    const { match } = await this.#until(
      new RegExp(`\\n${this.#token} (ready|password|no-sudo) (\\S+)(?: (\\S+))?\\n`, 'g'),
      timeoutMs,
    )
    if (match[1] === 'ready') return { state: 'ready', uid: Number(match[2]), account: match[3]! }
    return { state: match[1] as 'password' | 'no-sudo', account: match[2]! }
  }

  /** Goes on as root with sudo's password, or as whoever logged in. Gives null when sudo refuses. */
  async become(
    how: { readonly sudo: string } | 'plain',
    timeoutMs: number,
  ): Promise<{ uid: number; account: string } | null> {
    const lines = how === 'plain' ? 'plain\n' : `sudo\n${how.sudo}\n`
    // what came before is the server's banner, not sudo's word
    this.#stderr = ''
    this.#child.stdin!.write(`${lines}${this.#token} go\n`)
    const ready = new RegExp(`\\n${this.#token} ready (\\d+) (\\S+)\\n`, 'g')
    const refused = new Promise<null>(resolve => {
      const watch = setInterval(() => {
        if (
          /try again|incorrect password|not allowed|not in the sudoers|may not run sudo|must have a tty|a terminal is required/i.test(
            this.#stderr,
          ) ||
          this.#dead
        ) {
          clearInterval(watch)
          resolve(null)
        }
      }, 50)
      watch.unref()
    })
    const opened = this.#until(ready, timeoutMs).then(({ match }) => ({ uid: Number(match[1]), account: match[2]! }))
    opened.catch(() => {})
    const answer = await Promise.race([opened.catch(() => null), refused])
    if (answer === null) this.close()
    return answer
  }

  run(script: string, options: RunOptions): Promise<RunResult> {
    const turn = this.#queue.then(() => this.#runNow(script, options))
    this.#queue = turn.catch(() => {})
    return turn
  }

  async #runNow(
    script: string,
    { input = '', timeoutMs, maxBytes = 16 * 1024 * 1024 }: RunOptions,
  ): Promise<RunResult> {
    if (this.#dead) throw this.#dead
    this.#limit = maxBytes
    this.#child.stdin!.write(frame(this.#token, script, input))
    await this.#until(new RegExp(`\\n${this.#token} out\\n`, 'g'), timeoutMs)
    const { before, match } = await this.#until(new RegExp(`\\n${this.#token} end (\\d+)\\n`, 'g'), timeoutMs)
    return { output: before, status: Number(match[1]) }
  }
}
