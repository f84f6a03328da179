import { lookAtOwn } from '../keys/own.js'
import type { OperatorFacts } from '../model/facts.js'
import { printableLine } from '../model/shell.js'
import type { Session } from '../model/target.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { parseAddress, type Work } from '../riegel/dial.js'
import { openLocal, Server, type SshTalk } from '../riegel/reach.js'
import { ask, asks, askYes, mustAsk } from './ask.js'
import { codesBy, codesByHand, secretGiven } from './codes.js'
import { type Context, note } from './context.js'
import { smallFile } from './small-file.js'

export interface Connection {
  readonly name: string
  readonly session: Session
  /** null on this machine */
  readonly server: Server | null
  readonly operator: OperatorFacts | null
  /** sudo's password of the operator's account, where it was needed */
  readonly sudoPassword: string | null
  /** the next code for a login that asks for one; rejects with Trouble where nobody has one */
  readonly code: () => Promise<string>
  /** why the session is not root's; null where it is, or where nobody tried (this machine) */
  readonly withoutRoot: Trouble | null
  end(): void
}

/** One line of a file that holds a secret; never shown, never kept. Throws Trouble `bad-password-file`. */
export const secretFile = (path: string): string => {
  const [line = ''] = smallFile(path)?.split(/\r?\n/) ?? []
  if (line !== '') return line
  throw new Trouble(
    'bad-password-file',
    text(`${path} lässt sich nicht lesen oder ist leer`, `${path} cannot be read or is empty`),
    text('Eine Datei mit dem Passwort in der ersten Zeile', 'A file with the password in its first line'),
  )
}

const noRoot = (account: string): Trouble =>
  new Trouble(
    'no-root',
    text(`${account} darf auf dem Server nicht root werden`, `${account} may not become root there`),
    text('Als root anmelden oder sudo einrichten', 'Log in as root or set up sudo'),
  )

const declined = new Trouble(
  'no-sudo-password',
  text('Ohne sudo-Passwort wird Riegel dort nicht root', 'Without the sudo password Riegel does not become root there'),
  text('Noch einmal, oder als root anmelden', 'Again, or log in as root'),
)

/** What `--host-key` was given as: nothing else could ever equal a host key. Throws Trouble `bad-option`. */
const hostKeyOf = (context: Context): string | undefined => {
  const given = context.options.one('host-key')
  if (given === undefined || /^SHA256:[A-Za-z0-9+/]{43}$/.test(given)) return given
  throw new Trouble(
    'bad-option',
    text(
      `--host-key ${printableLine(given)} ist kein Fingerabdruck`,
      `--host-key ${printableLine(given)} is no fingerprint`,
    ),
    text('SHA256:..., wie ssh-keygen -l ihn zeigt', 'SHA256:..., as ssh-keygen -l shows it'),
  )
}

const missingSudo = { what: text('das sudo-Passwort', 'the sudo password'), option: '--sudo-password-file FILE' }

const talkOf = (context: Context, sudoPassword: SshTalk['sudoPassword']): SshTalk => ({
  person: context.canAsk || process.env['SSH_ASKPASS'] !== undefined,
  async trust({ type, fingerprint }) {
    const missing = {
      what: text('Zustimmung zum unbekannten Server-Schlüssel', 'consent to the unknown host key'),
      option: `--host-key ${fingerprint}`,
    }
    mustAsk(context, missing)
    const kind = type.replace(/^ssh-|^ecdsa-sha2-.*/, match => (match.startsWith('ecdsa') ? 'ECDSA' : '')).toUpperCase()
    note(
      context,
      text(
        `Diesen Server kennt dein Rechner noch nicht. Er weist sich aus mit:\n    ${fingerprint}  (${kind})\nVergleiche das mit der Konsole deines Anbieters; wie, steht in: riegel explain host-key`,
        `Your computer does not know this server yet. It shows the host key:\n    ${fingerprint}  (${kind})\nCompare this with your provider's console; how, says: riegel explain host-key`,
      ),
    )
    return askYes(context, text('Vertrauen und merken? (ja/nein) ', 'Trust and remember? (yes/no) '), missing)
  },
  sudoPassword,
  touch() {
    if (context.canAsk)
      note(
        context,
        text(
          'ssh wartet auf den Sicherheitsschlüssel: PIN, wenn es fragt, dann berühren.',
          'ssh waits for the security key: its PIN, if it asks, then a touch.',
        ),
      )
  },
  sshMayAsk() {
    if (!context.canAsk) return
    note(
      context,
      text(
        'Nach dem Passwort fragt jetzt ssh selbst, einmal. Riegel sieht es nicht.',
        'ssh itself now asks for the password, once. Riegel does not see it.',
      ),
    )
  },
})

type Opened = Pick<Connection, 'session' | 'sudoPassword' | 'withoutRoot'>

/** The work connection, as root where that can be had; else as whoever logged in, with the reason. Throws Trouble. */
const open = async (
  context: Context,
  server: Server,
  ahead: string | null,
  code: (() => Promise<string>) | undefined,
  known: string | undefined,
  meet: () => Promise<void>,
): Promise<Opened> => {
  const file = context.options.one('sudo-password-file')
  const fromFile = known ?? (file === undefined ? null : secretFile(file))
  let password: string | null = null
  let why: Trouble | null = null
  let tries = 0
  const askForSudo = async (account: string): Promise<string | null> => {
    const wrong = why?.code === 'wrong-sudo-password'
    if (why !== null && !(wrong && fromFile === null && asks(context) && tries < 3)) return null
    tries += 1
    if (wrong) note(context, text('Dieses Passwort stimmt nicht.', 'That was not it.'))
    if (fromFile === null && !asks(context)) {
      // looking works without root too, and says what it could not see; what needs root says this
      try {
        mustAsk(context, missingSudo)
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        why = error
        return null
      }
    }
    const name = printableLine(account)
    const question = text(
      `sudo-Passwort von ${name} auf dem Server (leer: ohne root): `,
      `sudo password of ${name} on the server (empty: without root): `,
    )
    password = fromFile ?? (await ask(context, question, missingSudo, true))
    if (password !== '') return password
    password = null
    why = declined
    return null
  }
  const talk = { ...talkOf(context, askForSudo), ...(code && { code }) }
  let changed = false
  let codesRefused = 0
  let met = false
  for (;;) {
    try {
      const session = await server.open(talk, ahead)
      if (session.uid === 0) return { session, sudoPassword: password, withoutRoot: null }
      return { session, sudoPassword: null, withoutRoot: why ?? noRoot(printableLine(session.account)) }
    } catch (error) {
      if (error instanceof Trouble && error.code === 'host-key-unknown' && !met) {
        met = true
        await meet()
        continue
      }
      if (error instanceof Trouble && error.code === 'password-expired' && asks(context) && !changed) {
        changed = true
        note(context, error.text)
        note(
          context,
          text(
            'Das Terminal gehört jetzt ssh; danach geht es hier weiter.',
            'The terminal belongs to ssh now; afterwards it goes on here.',
          ),
        )
        server.changePassword()
        continue
      }
      // another command has used this one just now: the next is waited for, and once more where too many were tried
      if (error instanceof Trouble && error.code === 'code-refused' && codesRefused < 2) {
        codesRefused += 1
        continue
      }
      // sudo took the shell with it when it refused: once more, with another password or without root
      const refused = error instanceof Trouble && ['no-root', 'wrong-sudo-password'].includes(error.code)
      if (!refused || (why !== null && password === null)) throw error
      why = error
      password = null
    }
  }
}

/**
 * Opens the work connection to a target, or to this machine where none is named. Throws Trouble.
 * `early`: the work connection, where it was dialled before this was loaded. `occasion`: what the operator's own side
 * is looked at for. `ahead`: the script that is run first. `sudoPassword`: where it is known, instead of an option.
 */
export const connect = async (
  context: Context,
  target: string | undefined,
  {
    early = null,
    occasion = 'harden',
    ahead = null,
    sudoPassword,
  }: { early?: Work | null; occasion?: 'audit' | 'harden'; ahead?: string | null; sudoPassword?: string } = {},
): Promise<Connection> => {
  const own = () => lookAtOwn(occasion === 'harden')
  if (target === undefined) {
    const [session, operator] = await Promise.all([openLocal(), own()])
    const end = () => session.close()
    const code = () => codesByHand(context).next()
    return { name: 'localhost', session, server: null, operator, sudoPassword: null, code, withoutRoot: null, end }
  }
  const secret = secretGiven(context)
  const codes = secret === null ? codesByHand(context) : codesBy(context, secret)
  const code = () => codes.next()
  const wanted = hostKeyOf(context)
  const server = new Server(parseAddress(target, context.options.ssh), early)
  const end = () => server.end()
  // however this process ends, its private folder goes with it
  process.once('exit', end)
  try {
    const talk = talkOf(context, async () => null)
    // where it was dialled already, ssh itself says whether its key is known
    if (early === null) await server.settleHostKey(wanted, talk)
    const [opened, operator] = await Promise.all([
      open(context, server, ahead, secret === null ? undefined : code, sudoPassword, () =>
        server.settleHostKey(wanted, talk),
      ),
      own(),
    ])
    return {
      name: target,
      ...opened,
      server,
      operator,
      code,
      end() {
        opened.session.close()
        process.off('exit', end)
        server.end()
      },
    }
  } catch (error) {
    process.off('exit', end)
    server.end()
    throw error
  }
}
