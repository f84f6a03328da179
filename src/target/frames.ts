import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { quote } from '../model/shell.js'
import { Lost, type RunOptions, type RunResult } from '../model/target.js'
import type { Heard } from './dial.js'

/** A token that nothing on a server can know before it is sent. */
export const newToken = (): string => `riegel-${randomBytes(16).toString('hex')}`

/**
 * Shell function: now and every five seconds, `TOKEN wait`, whatever runs just now: work may take its time, but a
 * server that says nothing at all is given up. The voice ends with the shell that called it, and its `sleep` with it.
 */
const speak = `speak() {
  [ -z "$voice" ] || return 0
  (trap 'kill $!; exit' TERM; while printf '\\n%s wait\\n' "$token" >&6; sleep 5 >/dev/null & wait $! && kill -0 $$; do :; done) </dev/null >/dev/null 2>&1 & voice=$!
  trap 'kill $voice 2>/dev/null' EXIT
}`

/**
 * The loop that runs frames: `TOKEN SCRIPT-BYTES INPUT-BYTES VOICE`, the script, its standard input. It learns the token
 * from its very first line, `TOKEN go`: in an argument list anybody on the server could read it, and answer in its name.
 * Were that line a password that sudo left unread, it stops. A script with the word `self` calls `speak` by itself when
 * it takes long; for any other the voice is there from its beginning.
 */
const loop = `
unset RIEGEL_SSHD_CONFIG RIEGEL_NEW_ACCOUNT
export RIEGEL_CONNECTION="$1" RIEGEL_OPERATOR="$2" RIEGEL_UID="\${3:-$(id -u)}"
voice=$4
exec 6>&1
${speak}
cd /
IFS= read -r first; case $first in riegel-*' go') token=\${first% go} ;; *) exit 97 ;; esac
printf '\\n%s ready %s %s\\n' "$token" "$RIEGEL_UID" "$RIEGEL_OPERATOR"
while IFS=' ' read -r word n m v; do
  [ "$word" = "$token" ] || continue
  [ "$v" = self ] || speak
  script=$(head -c "$n"; echo .); input=.; [ "$m" = 0 ] || input=$(head -c "$m"; echo .)
  printf '\\n%s out\\n' "$token"
  printf %s "\${input%.}" | ( eval "\${script%.}" ) 2>&1
  printf '\\n%s end %s\\n' "$token" "$?"
done`

/**
 * What runs first, as whoever logged in: becomes root where it can, or says what is missing. A sudo may take twenty
 * seconds: from there on it speaks.
 */
const outer = (token: string): string => `
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; LC_ALL=C; export PATH LC_ALL
who=$(id); who=\${who%% *}; inner=${quote(loop)}
case $who in *'('*) me=\${who#*'('}; me=\${me%')'} ;; *) me=$(id -un) ;; esac
if [ "\${who%%'('*}" = uid=0 ]; then set -- "$SSH_CONNECTION" "$me" 0; eval "$inner"; exit; fi
voice=; token=${token}
exec 6>&1
${speak}
speak
if ! command -v sudo >/dev/null 2>&1; then printf '\\n%s no-sudo %s\\n' ${token} "$me"
elif sudo -n -- sh -c : 2>/dev/null </dev/null; then sudo -n -- sh -c "$inner" riegel "$SSH_CONNECTION" "$me" '' spoken; exit
else printf '\\n%s password %s\\n' ${token} "$me"; fi
IFS= read -r go; IFS=' ' read -r how n m v
# a frame that was sent ahead for root: it will be sent again
if [ "$how" = ${token} ]; then head -c $((n + m)) >/dev/null; IFS= read -r how; fi
case $how in
  sudo) sudo -S -k -p '' -- sh -c "$inner" riegel "$SSH_CONNECTION" "$me" '' spoken ;;
  plain) sh -c "$inner" riegel "$SSH_CONNECTION" "$me" '' spoken ;;
esac`

/** What is sent before anything else: how long the program is, the program, and the line its loop waits for. */
export const opening = (token: string): string => {
  const program = outer(token)
  return `${Buffer.byteLength(program)}\n${program}${token} go\n`
}

/** One script on its way: its header, itself, its standard input. `self`: it says by itself that it lives. */
export const frame = (token: string, script: string, input = '', self = false): string =>
  `${token} ${Buffer.byteLength(script)} ${Buffer.byteLength(input)} ${self ? 'self' : 'aloud'}\n${script}${input}`

export type Opening =
  | { readonly state: 'ready'; readonly uid: number; readonly account: string }
  | { readonly state: 'password' | 'no-sudo'; readonly account: string }

/**
 * So long a server may say nothing. As soon as a shell runs there an honest one says `wait` every five seconds; until
 * then it may need 25, where its login waits in vain for systemd-logind.
 */
const silence = { beforeMs: 27_000, afterMs: 20_000 } as const

/** So much of an answer is worth as much as a sign of life: over a slow line it takes its time, a trickle is none. */
const worth = 1024

/** No line of ours is longer. */
const longest = 400

interface Line {
  /** what was said before it, where anybody wanted that */
  readonly before: string
  /** the words behind the token */
  readonly words: string
}

/**
 * Speaks frames with a shell over a child process's standard streams. Whatever else the far side prints is ignored.
 * Every wait is bounded, by a time and by silence; a violation ends the process and rejects with Lost.
 */
export class Frames {
  readonly #child: ChildProcess
  readonly #token = newToken()
  readonly #silence: { readonly beforeMs: number; readonly afterMs: number }
  /** a line of ours came: a shell runs there */
  #runs = false
  /** lines of ours that came and were not asked for yet */
  #lines: Line[] = []
  /** what came since the last of them, and the end of it, which may be the beginning of the next */
  #pieces: string[] = []
  #rest = ''
  /** an answer is being read: only then anything that is no line of ours is kept */
  #keeping = false
  /** how much came for this answer, and how much of it since the last sign of life */
  #size = 0
  #unheard = 0
  #heard = 0
  #dead: Error | null = null
  #wake: (() => void) | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #stderr = ''
  #limit = 16 * 1024 * 1024
  /** the script that is under way already */
  #ahead: string | null = null

  constructor(child: ChildProcess, borne: { readonly beforeMs: number; readonly afterMs: number } = silence) {
    this.#child = child
    this.#silence = borne
    child.stdout!.setEncoding('utf8')
    child.stderr!.setEncoding('utf8')
    child.stdout!.on('data', (chunk: string) => {
      this.#take(chunk)
      this.#wake?.()
    })
    child.stderr!.on('data', (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-4096)
      this.#wake?.()
    })
    child.stdin!.on('error', () => this.#die(new Lost('the connection is gone')))
    child.on('error', error => this.#die(new Lost(error.message)))
    child.on('close', () => this.#die(new Lost('the connection is gone')))
  }

  /** What a child said, and whether it ended, before anybody listened here. */
  hear({ out, err, over }: Heard): void {
    this.#take(out)
    this.#stderr = err.slice(-4096)
    if (over) this.#die(new Lost('the connection is gone'))
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
    // what a program behind it still writes, or its silence, must not keep this process alive
    if (error instanceof Lost && error.why !== 'gone') this.#letGo()
    this.#wake?.()
  }

  /** Nothing is waited for: this process may end while ssh still does. */
  close(): void {
    this.#child.stdin!.end()
    this.#die(new Lost('closed'))
    this.#letGo()
  }

  #letGo(): void {
    this.#child.unref()
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream!.destroy()
  }

  /** Sorts what comes into lines of ours and the rest, each byte once, however it was cut on its way. */
  #take(chunk: string): void {
    if (this.#dead) return
    const heard = () => {
      this.#heard = performance.now()
      this.#unheard = 0
    }
    this.#size += chunk.length
    this.#unheard += chunk.length
    if (this.#keeping && this.#unheard >= worth) heard()
    const keep = (words: string) => {
      if (this.#keeping && words !== '') this.#pieces.push(words)
    }
    const said = this.#rest + chunk
    let at = 0
    for (const line of said.matchAll(new RegExp(`\\n${this.#token} ([^\\n]{0,${longest - 60}})\\n`, 'g'))) {
      keep(said.slice(at, line.index))
      at = line.index + line[0].length
      heard()
      this.#runs = true
      if (line[1] === 'wait') continue
      this.#lines.push({ before: this.#pieces.join(''), words: line[1]! })
      this.#pieces = []
      // a frame's own two lines say where its answer begins and ends, however many of them come at once
      this.#keeping = line[1] === 'out'
    }
    const last = said.lastIndexOf('\n')
    const begun = said.slice(last + 1)
    const ours =
      last >= at && begun.length < longest && (begun.startsWith(this.#token) || this.#token.startsWith(begun))
    const end = ours ? last : said.length
    keep(said.slice(at, end))
    this.#rest = said.slice(end)
    if (this.#size > this.#limit) this.#die(new Lost('too much output', 'endless'))
  }

  /**
   * Resolves with the first line of ours that matches, and with what was said before it. `elsewhere`: when a sign of life
   * was last seen that does not come this way; may throw Lost.
   */
  async #until(
    pattern: RegExp,
    timeoutMs: number,
    elsewhere: () => number = () => 0,
  ): Promise<{ before: string; match: RegExpExecArray }> {
    const deadline = performance.now() + timeoutMs
    this.#heard = performance.now()
    this.#unheard = 0
    let over = false
    for (;;) {
      for (let line = this.#lines.shift(); line; line = this.#lines.shift()) {
        const match = pattern.exec(line.words)
        if (!match) continue
        this.#size = 0
        return { before: line.before, match }
      }
      if (this.#dead) throw this.#dead
      const now = performance.now()
      const borne = this.#runs ? this.#silence.afterMs : this.#silence.beforeMs
      const left = Math.min(deadline, this.#lastHeard(elsewhere) + borne) - now
      if (left <= 0 && over) {
        this.#die(new Lost('no answer in time', 'silent'))
        throw this.#dead!
      }
      // this process may have been asleep itself: what came meanwhile is read before anything is given up
      over = left <= 0
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, over ? 100 : Math.min(left, 1000))
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = null
    }
  }

  #lastHeard(elsewhere: () => number): number {
    try {
      return Math.max(this.#heard, elsewhere())
    } catch (error) {
      this.#die(error as Error)
      throw error
    }
  }

  /**
   * Sends the program; says whether it is root already, wants sudo's password, or has no sudo. `ahead`: a script that
   * speaks by itself and is `run` first; where it is root already, that spares a round trip.
   */
  async open(timeoutMs: number, elsewhere?: () => number, ahead: string | null = null): Promise<Opening> {
    this.#child.stdin!.write(`${opening(this.#token)}${ahead === null ? '' : frame(this.#token, ahead, '', true)}`)
    const { match } = await this.#until(/^(?:ready (\d+)|(password|no-sudo)) (\S+)$/, timeoutMs, elsewhere)
    const account = match[3]!
    if (match[1] !== undefined) {
      this.#ahead = ahead
      return { state: 'ready', uid: Number(match[1]), account }
    }
    return { state: match[2] as 'password' | 'no-sudo', account }
  }

  /** Goes on as root with sudo's password, or as whoever logged in. Gives null when sudo refuses; throws Lost in silence. */
  async become(
    how: { readonly sudo: string } | 'plain',
    timeoutMs: number,
  ): Promise<{ uid: number; account: string } | null> {
    const lines = how === 'plain' ? 'plain\n' : `sudo\n${how.sudo}\n`
    // what came before is the server's banner, not sudo's word
    this.#stderr = ''
    this.#child.stdin!.write(`${lines}${this.#token} go\n`)
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
    const opened = this.#until(/^ready (\d+) (\S+)$/, timeoutMs).then(({ match }) => ({
      uid: Number(match[1]),
      account: match[2]!,
    }))
    opened.catch(() => {})
    const answer = await Promise.race([opened.catch(() => null), refused])
    // sudo that refuses takes the shell with it: only what is no end of its own says nothing about sudo
    if (answer === null && this.#dead instanceof Lost && this.#dead.why !== 'gone') throw this.#dead
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
    { input = '', timeoutMs, maxBytes = 16 * 1024 * 1024, speaks = false }: RunOptions,
  ): Promise<RunResult> {
    if (this.#dead) throw this.#dead
    this.#limit = maxBytes
    const ahead = this.#ahead
    this.#ahead = null
    if (ahead === null) {
      // nothing that came before this was asked for
      this.#lines = []
      this.#pieces = []
      this.#keeping = false
      this.#size = 0
      this.#child.stdin!.write(frame(this.#token, script, input, speaks))
    } else if (ahead !== script || input !== '') throw new Error('another script was sent ahead')
    await this.#until(/^out$/, timeoutMs)
    const { before, match } = await this.#until(/^end (\d{1,3})$/, timeoutMs)
    return { output: before, status: Number(match[1]) }
  }
}
