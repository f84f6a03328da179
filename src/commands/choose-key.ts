import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeKey } from '../keys/mend.js'
import { findPrivateHalf, type LoginKey, ownFolder, usableKeys } from '../keys/own.js'
import { viewsFor } from '../model/logins.js'
import { takesType } from '../model/security-key.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import type { Survey } from '../riegel/survey.js'
import { ask, insist, mustAsk } from './ask.js'
import { type Context, note } from './context.js'
import type { Dialogue } from './dialogue.js'

const missingKey = { what: text('Schlüssel', 'key'), option: '--key FILE.pub' }

/** A path as a person writes it. */
export const short = (path: string): string =>
  path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path
const long = (path: string): string => path.replace(/^~(?=[/\\])/, homedir())

const needPrivateHalf = (path: string): Trouble =>
  new Trouble(
    'no-private-half',
    text(
      `Zu ${path} fehlt hier der private Schlüssel; ohne ihn lässt sich die Anmeldung nicht beweisen`,
      `The private half of ${path} is not here; without it the login cannot be proven`,
    ),
    text('Daneben legen oder in den Agenten laden (ssh-add)', 'Put it beside the file or into the agent (ssh-add)'),
  )

/** The keys named by `--key`, the one that will be proven first; empty where none was named. Throws Trouble. */
export const namedKeys = async (context: Context): Promise<LoginKey[]> => {
  const paths = context.options.many('key')
  if (paths.length === 0) return []
  const keys = await Promise.all(paths.map(findPrivateHalf))
  const first = keys.find(key => key.identity !== null)
  if (!first) throw needPrivateHalf(paths[0]!)
  return [first, ...keys.filter(key => key !== first)]
}

export const givenIdentities = ({ options: { ssh } }: Context): string[] => ssh.filter((_, at) => ssh[at - 1] === '-i')

/** A name in ~/.ssh that is still free. */
const freeName = (): string => {
  const path = ['id_ed25519', 'id_ed25519_riegel'].map(name => join(ownFolder(), name)).find(one => !existsSync(one))
  if (path === undefined)
    throw new Trouble(
      'no-key-made',
      text(
        'In ~/.ssh ist kein Dateiname für einen neuen Schlüssel mehr frei',
        'No file name for a new key is free in ~/.ssh',
      ),
      text('--key FILE.pub', '--key FILE.pub'),
    )
  return path
}

const makeOwn = (context: Context): string => {
  const path = freeName()
  note(
    context,
    text(
      '   ssh-keygen fragt jetzt zweimal nach einer Passphrase.\n   Sie schützt den Schlüssel, falls dir der Rechner abhandenkommt.',
      '   ssh-keygen now asks twice for a passphrase.\n   It protects the key should this computer get lost.',
    ),
  )
  const made = makeKey(path, 'terminal')
  note(
    context,
    text(
      '   Gemacht. Der private Teil verlässt deinen Rechner nie.',
      '   Made. The private part never leaves your computer.',
    ),
  )
  return made
}

/** Asks which key to log in with: one that is here, a new one, or a path. Throws Trouble `cannot-ask`. */
export const askKey = async (context: Context, dialogue: Dialogue): Promise<LoginKey> => {
  mustAsk(context, missingKey)
  const all = await usableKeys(givenIdentities(context))
  const usable = all.filter((key, at) => all.findIndex(one => one.key.fingerprint === key.key.fingerprint) === at)
  const make = String(usable.length + 1)
  const other = String(usable.length + 2)
  const none = usable.length === 0
  const rows = [
    ...usable.map((key, at) => text(`${at + 1}  ${short(key.key.path)}`, `${at + 1}  ${short(key.key.path)}`)),
    text(`${make}  einen neuen machen: ${short(freeName())}`, `${make}  make a new one: ${short(freeName())}`),
    text(
      `${other}  einen ${none ? 'vorhandenen' : 'anderen'} nehmen (Pfad der .pub-Datei)`,
      `${other}  use ${none ? 'one you have' : 'another'} (path of the .pub file)`,
    ),
  ]
  dialogue.head(
    text(
      `Womit meldest du dich an?${none ? ' Auf diesem Rechner liegt noch kein Schlüssel.' : ''}\n  ${rows.map(row => row.de).join('\n  ')}`,
      `What do you log in with?${none ? ' There is no key on this computer yet.' : ''}\n  ${rows.map(row => row.en).join('\n  ')}`,
    ),
  )
  return insist(context, async () => {
    const answer = (await ask(context, text('   Auswahl [1]: ', '   Choice [1]: '), missingKey)) || '1'
    const picked = usable[Number(answer) - 1]
    if (picked) return picked
    const path =
      answer === make
        ? makeOwn(context)
        : long(answer === other ? await ask(context, text('   Pfad: ', '   Path: '), missingKey) : answer)
    const key = await findPrivateHalf(path)
    if (key.identity === null) throw needPrivateHalf(path)
    return key
  })
}

/** The key to prove with, where the account keeps those it has: one of them, with its private half here. */
export const heldKey = async (
  context: Context,
  dialogue: Dialogue,
  { sections }: Survey,
  name: string,
): Promise<LoginKey> => {
  const views = viewsFor(sections.effective, name)
  const authorized = sections.loginKeys.keys
    .filter(key => key.account === name && views.every(view => takesType(view, key)))
    .map(key => key.fingerprint)
  const found = (await usableKeys(givenIdentities(context))).find(key => authorized.includes(key.key.fingerprint))
  return found ?? askKey(context, dialogue)
}
