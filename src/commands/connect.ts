import { readFileSync, statSync } from 'node:fs'
import { lookAtOwn } from '../keys/own.js'
import type { OperatorFacts } from '../model/facts.js'
import { printableLine } from '../model/shell.js'
import type { Session } from '../model/target.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { openLocal, parseAddress, Server, type SshTalk } from '../riegel.js'
import { ask, askYes, type Context, note } from './context.js'

export interface Connection {
  readonly name: string
  readonly session: Session
  /** null on this machine */
  readonly server: Server | null
  readonly operator: OperatorFacts | null
  /** sudo's password of the operator's account, where it was needed */
  readonly sudoPassword: string | null
  end(): void
}

/** One line of a file that holds a secret; never shown, never kept. Throws Trouble `bad-password-file`. */
export const secretFile = (path: string): string => {
  try {
    if (statSync(path).size > 4096) throw new Error('too large')
    const [line = ''] = readFileSync(path, 'utf8').split(/\r?\n/)
    if (line === '') throw new Error('empty')
    return line
  } catch {
    throw new Trouble(
      'bad-password-file',
      text(`${path} lässt sich nicht lesen oder ist leer`, `${path} cannot be read or is empty`),
      text('Eine Datei mit dem Passwort in der ersten Zeile', 'A file with the password in its first line'),
    )
  }
}

const talkOf = (context: Context, given: (password: string) => void): SshTalk => ({
  async trust({ type, fingerprint }) {
    const kind = type.replace(/^ssh-|^ecdsa-sha2-.*/, match => (match.startsWith('ecdsa') ? 'ECDSA' : '')).toUpperCase()
    note(
      context,
      text(
        `Diesen Server kennt dein Rechner noch nicht. Er weist sich aus mit:\n    ${fingerprint}  (${kind})\nVergleiche das mit der Konsole deines Anbieters; wie, steht in: riegel explain host-key`,
        `Your computer does not know this server yet. It shows the host key:\n    ${fingerprint}  (${kind})\nCompare this with your provider's console; how, says: riegel explain host-key`,
      ),
    )
    return askYes(context, text('Vertrauen und merken? (ja/nein) ', 'Trust and remember? (yes/no) '), {
      what: text('der Server-Schlüssel ist unbekannt, Zustimmung', 'the host key is unknown, consent'),
      option: `--host-key ${fingerprint}`,
    })
  },
  async sudoPassword(account) {
    const file = context.options.one('sudo-password-file')
    const clean = printableLine(account)
    const password =
      file !== undefined
        ? secretFile(file)
        : await ask(
            context,
            text(`sudo-Passwort von ${clean} auf dem Server: `, `sudo password of ${clean} on the server: `),
            { what: text('das sudo-Passwort', 'the sudo password'), option: '--sudo-password-file FILE' },
            true,
          ).catch(error => {
            // looking works without root, and says what it could not see
            if (error instanceof Trouble && error.code === 'cannot-ask' && context.options.flag('look-only'))
              return null
            throw error
          })
    if (password !== null) given(password)
    return password
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

/** Opens the work connection to a target, or to this machine where none is named. Throws Trouble. */
export const connect = async (context: Context, target: string | undefined): Promise<Connection> => {
  if (target === undefined) {
    const [session, operator] = await Promise.all([openLocal(), lookAtOwn()])
    return { name: 'localhost', session, server: null, operator, sudoPassword: null, end: () => session.close() }
  }
  const server = new Server(parseAddress(target, context.options.ssh))
  let sudoPassword: string | null = null
  const talk = talkOf(context, password => {
    sudoPassword = password
  })
  try {
    await server.settleHostKey(context.options.one('host-key'), talk)
    const [session, operator] = await Promise.all([server.open(talk), lookAtOwn()])
    return {
      name: target,
      session,
      server,
      operator,
      sudoPassword,
      end() {
        session.close()
        server.end()
      },
    }
  } catch (error) {
    server.end()
    throw error
  }
}
