import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPrivateHalf, type LoginKey, makeKey, ownFolder, usableKeys } from '../keys/own.js'
import type { Choices, DangerId } from '../model/change.js'
import { dangerIds } from '../model/change.js'
import { becomesRoot, canBecomeRoot, defaultNames, hasRealShell, sshdPorts } from '../model/logins.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { proposePort, type Survey, wellKnown } from '../riegel.js'
import type { Connection } from './connect.js'
import { ask, type Context, note } from './context.js'

export interface Chosen {
  readonly choices: Choices
  /** the key that will be proven; null while the account keeps those it has and none was named */
  readonly key: LoginKey | null
}

const trouble = (code: string, words: Text, hint: Text): Trouble => new Trouble(code, words, hint)

/** An account's name as useradd and sudo take it, and that nobody guesses. Throws Trouble. */
export const checkName = (name: string): string => {
  if (defaultNames.includes(name) || name === 'root')
    throw trouble(
      'default-name',
      text(`„${name}“ ist ein Standardname`, `"${name}" is a default name`),
      text('Nimm einen, den niemand rät', 'Take one nobody guesses'),
    )
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(name))
    throw trouble(
      'bad-name',
      text(`„${printableLine(name)}“ geht nicht als Kontoname`, `"${printableLine(name)}" cannot be an account's name`),
      text('Kleinbuchstaben, Ziffern, - und _, höchstens 31', 'Lower-case letters, digits, - and _, at most 31'),
    )
  return name
}

/** A port that SSH may move to, or keep. Throws Trouble. */
export const checkPort = (word: string): number | 'keep' => {
  if (['keep', 'behalten'].includes(word)) return 'keep'
  const port = Number(word)
  if (!/^\d{1,5}$/.test(word) || port < 1 || port > 65535)
    throw trouble(
      'bad-port',
      text(`${printableLine(word)} ist kein Port`, `${printableLine(word)} is no port`),
      text('Eine Zahl von 1 bis 65535, oder keep', 'A number from 1 to 65535, or keep'),
    )
  const service = wellKnown.get(port)
  if (service !== undefined)
    throw trouble(
      'needed-port',
      text(`Port ${port} braucht ${service}`, `Port ${port} is needed for ${service}`),
      text('Nimm einen anderen', 'Choose another'),
    )
  return port
}

const insist = async <T>(context: Context, asking: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await asking()
    } catch (error) {
      if (!(error instanceof Trouble) || ['stopped', 'cannot-ask'].includes(error.code)) throw error
      note(context, text(`   ${error.text.de}. ${error.hint.de}.`, `   ${error.text.en}. ${error.hint.en}.`))
    }
  }
}

const chooseName = async (context: Context): Promise<string> => {
  const given = context.options.one('user')
  if (given !== undefined) return checkName(given)
  const question = text(
    'Wie soll dein Konto heißen? Damit meldest du dich künftig an statt als root.\nNicht admin oder user: die werden zuerst probiert.\nName: ',
    'What shall your account be called? You will log in with it instead of root.\nNot admin or user: those are tried first.\nName: ',
  )
  return insist(context, async () =>
    checkName(await ask(context, question, { what: text('Name', 'name'), option: '--user NAME' })),
  )
}

const makeOwn = (context: Context): string => {
  const path = ['id_ed25519', 'id_ed25519_riegel'].map(name => join(ownFolder(), name)).find(one => !existsSync(one))
  if (path === undefined)
    throw trouble(
      'no-key-made',
      text('In ~/.ssh ist kein Name mehr frei', 'No name is free in ~/.ssh'),
      text('--key FILE.pub', '--key FILE.pub'),
    )
  note(
    context,
    text(
      'ssh-keygen fragt jetzt nach einer Passphrase, falls dir der Rechner abhandenkommt.',
      'ssh-keygen now asks for a passphrase, should this computer get lost.',
    ),
  )
  const made = makeKey(path)
  note(
    context,
    text(
      'Gemacht. Der private Teil verlässt deinen Rechner nie.',
      'Made. The private part never leaves your computer.',
    ),
  )
  return made
}

const needPrivateHalf = (path: string): Trouble =>
  trouble(
    'no-private-half',
    text(
      `Zu ${path} fehlt hier der private Schlüssel; so ließe sich nichts beweisen`,
      `The private half of ${path} is not here; nothing could be proven`,
    ),
    text('Daneben legen oder in den Agenten laden (ssh-add)', 'Put it beside the file or into the agent (ssh-add)'),
  )

const missingKey = { what: text('Schlüssel', 'key'), option: '--key FILE.pub' }

/** The keys named by `--key`, the one that will be proven first; empty where none was named. */
const namedKeys = async (context: Context): Promise<LoginKey[]> => {
  const paths = context.options.many('key')
  if (paths.length === 0) return []
  const keys = await Promise.all(paths.map(findPrivateHalf))
  const first = keys.find(key => key.identity !== null)
  if (!first) throw needPrivateHalf(paths[0]!)
  return [first, ...keys.filter(key => key !== first)]
}

const askKey = async (context: Context): Promise<LoginKey> => {
  const usable = await usableKeys([])
  const list = usable.map((key, at) => `     ${at + 1}  ${key.key.path}`)
  const make = String(usable.length + 1)
  const other = String(usable.length + 2)
  const question = text(
    `Womit meldest du dich an?${usable.length === 0 ? ' Auf diesem Rechner liegt noch kein Schlüssel.' : ''}\n${[...list, `     ${make}  einen neuen machen`, `     ${other}  einen anderen nehmen (Pfad der .pub-Datei)`].join('\n')}\nAuswahl [1]: `,
    `What do you log in with?${usable.length === 0 ? ' There is no key on this computer yet.' : ''}\n${[...list, `     ${make}  make a new one`, `     ${other}  use another (path of the .pub file)`].join('\n')}\nChoice [1]: `,
  )
  return insist(context, async () => {
    const answer = (await ask(context, question, missingKey)) || '1'
    const picked = usable[Number(answer) - 1]
    if (picked) return picked
    const path =
      answer === make
        ? makeOwn(context)
        : answer === other
          ? await ask(context, text('Pfad: ', 'Path: '), missingKey)
          : answer
    const key = await findPrivateHalf(path)
    if (key.identity === null) throw needPrivateHalf(path)
    return key
  })
}

/** The key to prove with, where the account keeps those it has: one of them, with its private half here. */
export const heldKey = async (context: Context, { sections }: Survey, name: string): Promise<LoginKey> => {
  const authorized = sections.loginKeys.keys.filter(key => key.account === name).map(key => key.fingerprint)
  const letters = context.options.ssh
  const given = letters.filter((_, at) => letters[at - 1] === '-i')
  const found = (await usableKeys(given)).find(key => authorized.includes(key.key.fingerprint))
  return found ?? askKey(context)
}

const choosePort = async (
  context: Context,
  { sections, judged }: Survey,
  fingerprint: string,
  before: readonly number[],
): Promise<number | 'keep'> => {
  const given = context.options.one('new-port')
  if (given !== undefined) {
    const port = checkPort(given)
    return port !== 'keep' && before.includes(port) && before.length === 1 ? 'keep' : port
  }
  const asked = judged.some(
    ({ finding }) =>
      ['ports/ssh-default-port', 'ports/ssh-unprivileged-port'].includes(finding.rule) && finding.verdict === 'fail',
  )
  if (!asked) return 'keep'
  const taken = new Set(sections.listeners?.tcp.map(listener => listener.port) ?? [])
  const proposed = proposePort(fingerprint, taken)
  if (!context.canAsk || context.options.flag('yes')) return proposed
  const question = text(
    `Auf welchen Port soll SSH umziehen? Auf 22 wird ständig geraten.\nLässt dein Netz (Firma, Hotel) nur 22, 80 und 443 hinaus: behalten\nPort [${proposed}]: `,
    `Which port shall SSH move to? Port 22 is guessed at all the time.\nIf your network (office, hotel) lets only 22, 80 and 443 out: keep\nPort [${proposed}]: `,
  )
  return insist(context, async () =>
    checkPort(
      (await ask(context, question, { what: text('Port', 'port'), option: '--new-port N' })) || String(proposed),
    ),
  )
}

const oneOf = (word: string | undefined, words: readonly string[], option: string): void => {
  if (word !== undefined && !words.includes(word))
    throw trouble(
      'bad-option',
      text(`${option} ${printableLine(word)} gibt es nicht`, `There is no ${option} ${printableLine(word)}`),
      text(words.join(', '), words.join(', ')),
    )
}

/** The dangers that were allowed by name. Throws Trouble `bad-option`. */
export const allowed = (context: Context): readonly DangerId[] => {
  const words = context.options.many('allow')
  for (const word of words) oneOf(word, dangerIds, '--allow')
  return dangerIds.filter(id => words.includes(id))
}

/** Everything a plan depends on besides facts: from options, from questions, or an error that names the option. */
export const choose = async (context: Context, connection: Connection, survey: Survey): Promise<Chosen> => {
  const { sections, judged } = survey
  const { accounts, sudo, loginKeys, listeners, sshd, system } = sections
  const unseen = (['system', 'accounts', 'sudo', 'loginKeys', 'listeners', 'sshd', 'effective'] as const).find(
    name => sections[name] === undefined,
  )
  if (unseen !== undefined) {
    const section = survey.facts.sections[unseen]
    const detail = section.seen ? '' : `${section.why}${section.detail ? `, ${printableLine(section.detail)}` : ''}`
    throw trouble(
      'not-seen',
      text(`${unseen} ließ sich nicht ansehen (${detail})`, `${unseen} could not be looked at (${detail})`),
      text('riegel audit --verbose nennt, was offen blieb', 'riegel audit --verbose names what stayed open'),
    )
  }
  const requested = context.options.one('sudo')
  oneOf(requested, ['password', 'nopasswd'], '--sudo')
  const allow = allowed(context)
  const operator = system.operator
  const own = accounts.find(account => account.name === operator)
  const fails = (id: string) => judged.some(({ finding }) => finding.rule === id && finding.verdict === 'fail')
  const goodAlready =
    own !== undefined &&
    own.uid !== 0 &&
    hasRealShell(own) &&
    canBecomeRoot(sudo, own) &&
    !defaultNames.includes(own.name)
  // an account of their own is needed where this plan shuts the door they came through
  const shuts = ['root/ssh-login', 'root/no-ordinary-admin', 'names/default-login-account'].some(fails)
  const name =
    context.options.one('user') === undefined && (goodAlready || !shuts) ? operator : await chooseName(context)
  const account = accounts.find(one => one.name === name)
  const authorized = loginKeys.keys.filter(key => key.account === name).map(key => key.fingerprint)
  const named = await namedKeys(context)
  const keys = named.length > 0 || authorized.length > 0 ? named : [await askKey(context)]
  const before = sshdPorts(listeners, sshd)
  const newPort = await choosePort(context, survey, connection.server?.hostKey?.fingerprint ?? '', before)
  const bare = account !== undefined && account.uid !== 0 && becomesRoot(sudo, account) === 'nopasswd'
  const asksSudo =
    account === undefined ||
    (account.uid !== 0 && !canBecomeRoot(sudo, account)) ||
    (bare && fails('root/passwordless-sudo'))
  const home = account?.home ?? `/home/${name}`
  return {
    key: keys[0] ?? null,
    choices: {
      account: { name, exists: account !== undefined, home, keyFile: `${home}/.ssh/authorized_keys` },
      keys: keys.map(key => key.line),
      newPort,
      sudo: requested === 'nopasswd' || requested === 'password' ? requested : asksSudo ? 'password' : 'unchanged',
      operator,
      operatorAddress: system.connection?.clientAddress ?? '',
      agentKeys: survey.facts.sections.operator.seen ? survey.facts.sections.operator.value.agentKeys : 0,
      ports: { before, after: newPort === 'keep' ? before : [newPort] },
      allow,
    },
  }
}
