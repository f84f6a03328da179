import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parsePublicKey } from '../keys/public-key.js'
import type { WireFacts } from '../model/facts.js'
import { printableLine, quote } from '../model/shell.js'
import type { Session } from '../model/target.js'
import { Lost } from '../model/target.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import type { Address } from './address.js'
import { askpassEnvironment, forgetAnswers, type LoginCode } from './askpass.js'
import { connectTimeout, dial, fresh, removeFolder, type Work, where } from './dial.js'
import { Frames } from './frames.js'

export interface HostKey {
  /** the name under which ssh looks it up */
  readonly name: string
  readonly type: string
  readonly blob: string
  readonly fingerprint: string
}

export interface SshTalk {
  /** shows a new host key and asks whether to trust it; only called where no `--host-key` was given */
  trust(key: { readonly type: string; readonly fingerprint: string; readonly address: string }): Promise<boolean>
  /** asks for sudo's password of the account on the server; null = go on without root */
  sudoPassword(account: string): Promise<string | null>
  /** the next code, where Riegel can make them itself; else ssh asks the person */
  code?(): Promise<string>
  /** somebody is there whom ssh itself may ask for a password, a passphrase, a touch */
  readonly person: boolean
  /** a security key signs now: whoever has it must touch it */
  touch(): void
  /** first contact: ssh is about to ask for the login password itself */
  sshMayAsk(): void
}

/** What answers ssh where a login takes a security key: its PIN (empty = it asks for none), and a word before the touch. */
export interface SecurityKey {
  readonly pin: string
  touch(): void
}

interface Settings {
  /** the library that speaks to security keys; `internal` = ssh's own */
  readonly securityKeyProvider: string
  readonly hostname: string
  readonly port: number
  readonly user: string
  readonly alias: string
  readonly files: readonly string[]
  readonly proxied: boolean
}

/** `ssh -G`: what the user's own configuration makes of this target. */
const settingsOf = (address: Address): Settings => {
  const asked = spawnSync('ssh', ['-G', ...where(address)], { encoding: 'utf8', timeout: 10_000 })
  if (asked.error)
    throw new Trouble(
      'no-ssh',
      text('Das Programm ssh fehlt auf diesem Rechner', 'The program ssh is missing on this computer'),
      text('OpenSSH-Client installieren', 'Install the OpenSSH client'),
      asked.error,
    )
  if (asked.status !== 0) {
    const said = printableLine(asked.stderr.trim().split('\n').at(-1) ?? '')
    throw new Trouble(
      'bad-ssh-options',
      text(`ssh lehnt die Angaben ab: ${said}`, `ssh refuses these options: ${said}`),
      text('-p -i -J -F -o wie bei ssh', '-p -i -J -F -o as with ssh'),
    )
  }
  const map = new Map(
    asked.stdout
      .split('\n')
      .map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const),
  )
  const home = (path: string) => path.replace(/^~(?=\/)/, homedir())
  const provider = map.get('securitykeyprovider') ?? 'internal'
  return {
    securityKeyProvider: provider.startsWith('$') ? (process.env[provider.slice(1)] ?? '') : provider,
    hostname: map.get('hostname') ?? address.host,
    port: Number(map.get('port') ?? 22),
    user: map.get('user') ?? '',
    alias: map.get('hostkeyalias') ?? '',
    files: `${map.get('userknownhostsfile') ?? ''} ${map.get('globalknownhostsfile') ?? ''}`
      .split(' ')
      .filter(path => path !== '')
      .map(home),
    proxied: (map.get('proxyjump') ?? 'none') !== 'none' || (map.get('proxycommand') ?? 'none') !== 'none',
  }
}

/** ssh refused to go on: nobody has trusted this server yet. */
const unknownKey = new Trouble(
  'host-key-unknown',
  text('Diesen Server kennt dein Rechner noch nicht', 'Your computer does not know this server yet'),
  text('Den Server-Schlüssel vergleichen: riegel explain host-key', 'Compare its host key: riegel explain host-key'),
)

/**
 * One server over the system's ssh: the work connection, and what fresh proofs need to know of it.
 * A private folder (0700) holds known_hosts copies and ssh's own log; `end()` removes it.
 */
export class Server {
  readonly address: Address
  readonly folder: string
  #settings: Settings | null = null
  /** the last connection brought a code of Riegel's own */
  #coded = false
  #accepted: string | null = null
  #known: readonly string[] | null = null
  /** the fingerprint that ssh's own log names */
  #shown: string | null = null
  /** what answers fresh logins that a security key signs; null = nobody, such a login fails */
  securityKey: SecurityKey | null = null
  /** the work connection on its way, where nothing had to be settled before */
  #early: Work | null

  /** `early`: its work connection, where it was dialled already; ssh itself refuses a host key it does not know. */
  constructor(address: Address, early: Work | null) {
    this.address = address
    this.folder = early?.folder ?? mkdtempSync(join(tmpdir(), 'riegel-'))
    this.#early = early
  }

  /** As the user's own ssh configuration has it; asked when it is needed. Throws Trouble `no-ssh`, `bad-ssh-options`. */
  get settings(): Settings {
    this.#settings ??= settingsOf(this.address)
    return this.#settings
  }

  /** The key that the work connection was verified by; null before it was. */
  get hostKey(): HostKey | null {
    const keys = this.#knownLines().flatMap(line => parsePublicKey(line) ?? [])
    const key = keys.find(k => k.fingerprint === this.#shown) ?? (this.#shown === null ? keys[0] : undefined)
    return key ? { name: this.keyName, type: key.type, blob: key.blob, fingerprint: key.fingerprint } : null
  }

  end(): void {
    this.#hangUp()
    removeFolder(this.folder)
  }

  #hangUp(): void {
    this.#early?.child.kill('SIGTERM')
    this.#early = null
  }

  /** the name under which its key is kept: the user's HostKeyAlias, or host, or [host]:port */
  get keyName(): string {
    const { alias, hostname, port } = this.settings
    return alias || (port === 22 ? hostname : `[${hostname}]:${port}`)
  }

  /** what known_hosts has for it: asked once, and again where something was added */
  #knownLines(): readonly string[] {
    this.#known ??= this.#findKnown()
    return this.#known
  }

  #findKnown(): readonly string[] {
    const files = this.#accepted === null ? this.settings.files : [this.#accepted]
    return files
      .filter(file => file !== 'none' && existsSync(file))
      .flatMap(file => {
        const found = spawnSync('ssh-keygen', ['-F', this.keyName, '-f', file], { encoding: 'utf8', timeout: 10_000 })
        return found.status === 0 ? found.stdout.split('\n').filter(line => line !== '' && !line.startsWith('#')) : []
      })
  }

  /**
   * Settles the host key before anything else: a known one is left to ssh; an unknown one is fetched without logging
   * in, then compared with `wanted` or shown to `trust`. Never accepts silently.
   */
  async settleHostKey(wanted: string | undefined, talk: SshTalk): Promise<void> {
    const known = this.#knownLines()
    if (known.length > 0) {
      const prints = known.flatMap(line => parsePublicKey(line)?.fingerprint ?? [])
      if (wanted !== undefined && prints.length > 0 && !prints.includes(wanted)) throw this.#differs(prints[0]!)
      return
    }
    this.#hangUp()
    const { key, lines } = this.#fetchHostKey()
    if (wanted !== undefined) {
      if (wanted !== key.fingerprint) throw this.#differs(key.fingerprint)
    } else if (!(await talk.trust({ type: key.type, fingerprint: key.fingerprint, address: this.settings.hostname })))
      throw new Trouble(
        'host-key-refused',
        text('Server-Schlüssel nicht bestätigt, nichts getan', 'Host key not confirmed, nothing done'),
        text('riegel explain host-key', 'riegel explain host-key'),
      )
    this.#remember(lines)
  }

  #differs(actual: string): Trouble {
    return new Trouble(
      'host-key-differs',
      text(
        `Der Server-Schlüssel ist ein anderer als angegeben: ${actual}`,
        `The server's host key is not the one given: ${actual}`,
      ),
      text(
        'Nicht anmelden. Mit der Konsole des Anbieters vergleichen: riegel explain host-key',
        "Do not log in. Compare with the provider's console: riegel explain host-key",
      ),
    )
  }

  /** A connection of its own that does not log in: the host keys it was shown, as known_hosts has them, and ssh's log. */
  #knock(): { lines: string; log: string } {
    const file = join(this.folder, 'fetched')
    const log = join(this.folder, 'fetch.log')
    spawnSync(
      'ssh',
      [
        ...fresh,
        '-v',
        '-E',
        log,
        '-o',
        'PreferredAuthentications=none',
        '-o',
        'StrictHostKeyChecking=accept-new',
        '-o',
        `UserKnownHostsFile=${file}`,
        '-o',
        'GlobalKnownHostsFile=/dev/null',
        '-o',
        'BatchMode=yes',
        ...where(this.address).slice(0, -1),
        ...connectTimeout,
        this.address.host,
        'true',
      ],
      { stdio: ['ignore', 'ignore', 'ignore'], timeout: 25_000 },
    )
    return { lines: readLog(file), log: readLog(log) }
  }

  #fetchHostKey(): { key: HostKey; lines: string } {
    const { lines, log } = this.#knock()
    const key = lines.split('\n').flatMap(line => parsePublicKey(line) ?? [])[0]
    if (!key) throw this.trouble(log)
    return { key: { name: this.keyName, type: key.type, blob: key.blob, fingerprint: key.fingerprint }, lines }
  }

  #remember(lines: string): void {
    this.#accepted = join(this.folder, 'known_hosts')
    this.#known = null
    writeFileSync(this.#accepted, lines, { mode: 0o600 })
    this.addKnownHost(lines)
  }

  /** Appends to the user's own known_hosts, unless they keep none. */
  addKnownHost(lines: string): void {
    const [mine] = this.settings.files
    if (mine === undefined || mine === 'none' || mine.startsWith('/dev/')) return
    mkdirSync(dirname(mine), { recursive: true, mode: 0o700 })
    const before = existsSync(mine) ? readFileSync(mine, 'utf8') : ''
    appendFileSync(mine, `${before === '' || before.endsWith('\n') ? '' : '\n'}${lines}`, { mode: 0o600 })
  }

  /** After confirmation: the same key under `[host]:port`, so that the next ssh does not ask. */
  rememberPort(port: number): void {
    const { alias, hostname } = this.settings
    if (alias !== '' || this.hostKey === null) return
    const name = port === 22 ? hostname : `[${hostname}]:${port}`
    const [mine] = this.settings.files
    if (mine === undefined || !existsSync(mine)) return
    if (spawnSync('ssh-keygen', ['-F', name, '-f', mine], { timeout: 10_000 }).status === 0) return
    this.addKnownHost(`${name} ${this.hostKey.type} ${this.hostKey.blob}\n`)
  }

  /** Opens the work connection. `ahead`: the script that is run first, see Frames.open. Throws Trouble. */
  async open(talk: SshTalk, ahead: string | null = null): Promise<Session> {
    if (this.#accepted !== null) talk.sshMayAsk()
    this.#coded = talk.code !== undefined
    const words = await talk.code?.()
    const answers = words === undefined ? {} : askpassEnvironment(this.folder, '', this.#codeFor(words))
    const { child, log, take } = this.#early ?? dial(this.address, this.folder, this.#accepted, answers)
    this.#early = null
    const before = take()
    const frames = new Frames(child)
    frames.hear(before)
    const read = () => readLog(log)
    const seen = watchForTouch(log, () => talk.touch())
    const opening = await frames
      .open(180_000, signs(log, talk.person), ahead)
      .catch(error => {
        if (error instanceof Lost) throw this.trouble(`${read()}\n${frames.stderr}`)
        throw error
      })
      .finally(() => {
        seen()
        forgetAnswers(answers)
      })
    let root: { uid: number; account: string } | null = opening.state === 'ready' ? opening : null
    try {
      if (opening.state === 'password') {
        const password = await talk.sudoPassword(opening.account)
        root = await frames.become(password === null ? 'plain' : { sudo: password }, 90_000)
      } else if (opening.state === 'no-sudo') root = await frames.become('plain', 30_000)
      if (!root) throw this.#noRoot(opening.account, frames.stderr)
    } catch (error) {
      // nobody will speak over it any more: left open, it would keep this process alive
      frames.close()
      throw error
    }
    const said = readSshLog(read())
    this.#shown = said.fingerprint
    // over a connection of the user's own that is shared, nothing was said
    const wire = said.banner === '' && !this.settings.proxied ? readSshLog(this.#knock().log) : said
    return {
      uid: root.uid,
      account: opening.account,
      method: said.method,
      acceptedKey: said.method === 'publickey' ? said.acceptedKey : null,
      wire:
        wire.banner === ''
          ? null
          : { banner: wire.banner, methods: wire.methods, port: wire.port, address: wire.address },
      run: (script, options) => frames.run(script, options),
      close: () => frames.close(),
    }
  }

  /** A code for this login: ssh asks for it by the alias, else by the name it connects to. */
  #codeFor(words: string): LoginCode {
    const { user, alias, hostname } = this.settings
    return { words, account: user, host: alias || hostname }
  }

  #noRoot(account: string, said: string): Trouble {
    if (/try again|incorrect password/i.test(said) && !/not in the sudoers|not allowed|may not run sudo/i.test(said))
      return new Trouble(
        'wrong-sudo-password',
        text(`${account}: sudo nimmt das Passwort nicht`, `${account}: sudo does not take this password`),
        text('--sudo-password-file FILE', '--sudo-password-file FILE'),
      )
    return new Trouble(
      'no-root',
      text(`${account} darf auf dem Server nicht root werden`, `${account} may not become root there`),
      text('Als root anmelden oder sudo einrichten', 'Log in as root or set up sudo'),
    )
  }

  /** A password that must be changed before anything else: ssh with the person's own terminal, once. */
  changePassword(): void {
    const accepted = this.#accepted === null ? [] : ['-o', `UserKnownHostsFile=${this.#accepted}`]
    const strict = ['-o', 'StrictHostKeyChecking=yes', ...accepted]
    spawnSync('ssh', ['-a', '-x', '-t', ...strict, ...where(this.address)], { stdio: 'inherit' })
  }

  /** The same connection as a person types it, with ssh's own options as they were given. */
  #byHand(...words: readonly string[]): string {
    return ['ssh', ...words, ...this.address.options, this.address.name].map(quote).join(' ')
  }

  /** What ssh said, as one line and a hint (screens.md 9). */
  trouble(log: string): Trouble {
    const { hostname, port } = this.settings
    const lines = log.split('\n').filter(line => line.trim() !== '')
    const has = (pattern: RegExp) => lines.some(line => pattern.test(line))
    if (has(/^No \S+ host key is known for .* requested strict checking/)) return unknownKey
    if (has(/REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed|Host key verification failed/))
      return new Trouble(
        'host-key-changed',
        text('Der Server weist sich anders aus als früher', "The server's host key has changed"),
        text(
          'Neu installiert? riegel explain host-key. Sonst nicht anmelden',
          'Reinstalled? riegel explain host-key. If not, do not log in',
        ),
      )
    if (has(/Password change required|password has expired|Your password has expired/i))
      return new Trouble(
        'password-expired',
        text(
          'Das Passwort auf dem Server muss zuerst geändert werden',
          'The password on the server must be changed first',
        ),
        text(`Einmal anmelden und ändern: ${this.#byHand('-t')}`, `Log in once and change it: ${this.#byHand('-t')}`),
      )
    if (has(/Too many authentication failures/))
      return new Trouble(
        'too-many-keys',
        text(
          'ssh hat zu viele Schlüssel angeboten; der Server hat nach einigen abgebrochen',
          'ssh offered too many keys; the server broke off after some',
        ),
        text(
          'Den richtigen nennen: -i SCHLÜSSEL -o IdentitiesOnly=yes',
          'Name the right one: -i KEY -o IdentitiesOnly=yes',
        ),
      )
    if (has(/^(?:\S+@\S+: )?Permission denied \(keyboard-interactive\)\.\s*$/) && has(/^debug1: Server accepts key: /))
      return this.#coded
        ? new Trouble(
            'code-refused',
            text('Der Server nimmt den Code nicht an', 'The server does not take the code'),
            text(
              'Jeder gilt nur einmal, und beide Uhren müssen stimmen',
              'Each counts only once, and both clocks must be right',
            ),
          )
        : new Trouble(
            'code-missing',
            text(
              'Den Schlüssel nimmt der Server an, er will aber noch einen Code',
              'The server takes the key, but wants a code as well',
            ),
            text(
              'Am Terminal eintippen, oder --totp-secret-file DATEI',
              'Type it on a terminal, or --totp-secret-file FILE',
            ),
          )
    const unsigned = lines.find(line => /signing failed for \S+-SK /.test(line))
    if (unsigned !== undefined)
      return new Trouble(
        'security-key',
        /device not found/.test(unsigned)
          ? text('Der Sicherheitsschlüssel steckt nicht', 'The security key is not plugged in')
          : text(
              'Der Sicherheitsschlüssel hat nicht unterschrieben: PIN falsch, oder nicht berührt',
              'The security key did not sign: wrong PIN, or not touched',
            ),
        text('Einstecken, PIN eingeben, berühren', 'Plug it in, enter its PIN, touch it'),
      )
    if (has(/^(?:debug\d: )?(?:[^ ]+: )?Permission denied \(|^Permission denied/m) || has(/Permission denied \(/))
      return new Trouble(
        'login-refused',
        text('Anmeldung abgewiesen: Passwort oder Schlüssel falsch', 'Login refused: wrong password or key'),
        text('Nach Fehlversuchen eine Minute warten', 'After failed tries wait a minute'),
      )
    if (has(/Could not resolve hostname/))
      return new Trouble(
        'unknown-host',
        text(`Der Name ${hostname} lässt sich nicht auflösen`, `The name ${hostname} cannot be resolved`),
        text('Vertippt? Die IP-Adresse geht auch', 'A typo? The IP address works too'),
      )
    if (has(/Authenticated to /))
      return new Trouble(
        'no-shell',
        text(
          'Angemeldet, aber auf dem Server antwortet keine Shell; sein Zustand ist unklar',
          'Logged in, but no shell answers on the server; its state is unknown',
        ),
        text(`Geht das von Hand? ${this.#byHand()} true`, `Does this work by hand? ${this.#byHand()} true`),
      )
    if (has(/Bad configuration option|Unsupported option|terminating, \d+ bad configuration|command-line line/)) {
      const said = printableLine(lines.at(-1) ?? '')
      return new Trouble(
        'bad-ssh-options',
        text(`ssh lehnt die Angaben ab: ${said}`, `ssh refuses these options: ${said}`),
        text('-p -i -J -F -o wie bei ssh', '-p -i -J -F -o as with ssh'),
      )
    }
    // it answered, and broke off: how ssh put it says more than a guess
    const broken = lines.findLast(line =>
      /Connection (closed|reset) by|Broken pipe|Timeout, server|banner exchange/.test(line),
    )
    if (broken !== undefined) {
      const said = printableLine(broken.replace(/^debug\d: /, '')).slice(0, 200)
      return new Trouble(
        'broken-off',
        text(`${hostname} bricht die Verbindung ab: ${said}`, `${hostname} breaks the connection off: ${said}`),
        text(
          'Nach vielen Versuchen lässt ein Server warten: in einer Minute noch einmal',
          'After many tries a server makes you wait: again in a minute',
        ),
      )
    }
    return new Trouble(
      'unreachable',
      text(`${hostname} antwortet nicht auf Port ${port}`, `${hostname} does not answer on port ${port}`),
      text('Läuft der Server? Anderer Port: -p N', 'Is it running? Other port: -p N'),
    )
  }
}

/** More than this no honest connection has to say. */
const logLimit = 1024 * 1024

/** What ssh said, or nothing; of a log that a server filled, nothing either: none of it can be believed. */
export const readLog = (path: string): string =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? logLimit) < logLimit ? readFileSync(path, 'utf8') : ''

/** ssh has found that the server takes a key that a security key keeps: it asks for PIN and touch now. */
const asksForTouch = /^debug1: Server accepts key: .* \S+-SK SHA256:/m

/** Tells once when a touch is due, by ssh's own log; gives what ends the watch. */
export const watchForTouch = (log: string, tell: () => void): (() => void) => {
  let size = 0
  const timer = setInterval(() => {
    const now = statSync(log, { throwIfNoEntry: false })?.size ?? 0
    if (now === size) return
    size = now
    if (!asksForTouch.test(readLog(log))) return
    clearInterval(timer)
    tell()
  }, 100)
  return () => clearInterval(timer)
}

/** The server's turn, by the last thing ssh said before it was through; at any other it may wait for a person. */
const serversTurn = /KEX|NEWKEYS|SERVICE|Offering public key|Remote protocol version/i

/**
 * When the server was last heard of on the way to a shell, by ssh's own log: any line counts until it is logged in. While
 * ssh may be asking a person nobody else is waited for. Throws Lost where the log has no end.
 */
export const signs = (path: string, person: boolean): (() => number) => {
  let size = 0
  let at = performance.now()
  let loggedIn = false
  return () => {
    const found = statSync(path, { throwIfNoEntry: false })
    const now = found?.size ?? 0
    if (now >= logLimit) throw new Lost('too much of a log', 'endless')
    if (loggedIn) return at
    const words = person || now !== size ? readLog(path) : ''
    const waits = person && !serversTurn.test(words.trimEnd().split('\n').at(-1) ?? '')
    // it is looked at by the second, and was written before
    const ago = found && !waits ? Math.max(0, Date.now() - found.mtimeMs) : 0
    if (now !== size || waits) at = Math.max(at, performance.now() - ago)
    size = now
    loggedIn = /^(?:debug1: )?Authenticated to /m.test(words)
    return at
  }
}

export interface SshLog {
  readonly banner: string
  readonly fingerprint: string | null
  readonly methods: readonly string[]
  readonly method: string | null
  readonly acceptedKey: string | null
  /** fingerprints of the keys that ssh offered, in its order */
  readonly offered: readonly string[]
  /** what was missing still when it was refused, by ssh's own last line; empty where it was not */
  readonly denied: readonly string[]
  readonly address: string
  readonly port: number
}

/** Reads `ssh -v -E FILE`. Lines that a server could have put there (its banner) do not begin with `debug1:`. */
export const readSshLog = (log: string): SshLog => {
  const find = (pattern: RegExp) => pattern.exec(log)
  const connect = find(/^debug1: Connect(?:ing to|ion established).*?\[([0-9A-Fa-f:.]+)(?:%\w+)?\] port (\d+)/m)
  return {
    banner: find(/^debug1: Remote protocol version [\d.]+, remote software version (.*)$/m)?.[1]?.trim() ?? '',
    fingerprint: find(/^debug1: Server host key: \S+ (SHA256:\S+)/m)?.[1] ?? null,
    methods: find(/^debug1: Authentications that can continue: (\S+)/m)?.[1]?.split(',') ?? [],
    method: find(/^(?:debug1: )?Authenticated to .* using "([^"]+)"/m)?.[1] ?? null,
    // several may be offered: the last one accepted is the one that signed
    acceptedKey: [...log.matchAll(/^debug1: Server accepts key: .* (SHA256:\S+)/gm)].at(-1)?.[1] ?? null,
    offered: [...log.matchAll(/^debug1: Offering public key: .* (SHA256:\S+)/gm)].map(found => found[1]!),
    denied: /(?:^|\n)(?:\S+@\S+: )?Permission denied \(([^)]*)\)\.$/.exec(log.trim())?.[1]?.split(',') ?? [],
    address: connect?.[1] ?? '',
    port: Number(connect?.[2] ?? 0),
  }
}

export type { WireFacts }
