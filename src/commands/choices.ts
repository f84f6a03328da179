import type { LoginKey } from '../keys/own.js'
import { type Choices, type DangerId, dangerIds } from '../model/change.js'
import type { AccountFacts } from '../model/facts.js'
import { canBecomeRoot, defaultNames, hasRealShell, rootWithoutPassword, sshdPorts } from '../model/logins.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { proposePort, wellKnown, withoutSystemd } from '../riegel/planning.js'
import { parsePlace } from '../riegel/reach.js'
import type { Survey } from '../riegel/survey.js'
import { ask, asks, insist } from './ask.js'
import { askKey, namedKeys } from './choose-key.js'
import type { Connection } from './connect.js'
import type { Context } from './context.js'
import type { Dialogue } from './dialogue.js'
import { checkPlace } from './secret.js'
import { checkVault } from './vault-place.js'

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
      text(`Port ${port} wird für ${service} gebraucht`, `Port ${port} is needed for ${service}`),
      text('Nimm einen anderen', 'Choose another'),
    )
  return port
}

const missingName = { what: text('Name', 'name'), option: '--user NAME' }

const chooseName = async (context: Context, dialogue: Dialogue, operator: string): Promise<string> => {
  const given = context.options.one('user')
  if (given !== undefined) return checkName(given)
  const instead = printableLine(operator)
  if (asks(context))
    dialogue.head(
      text(
        `Wie soll dein Konto heißen? Damit meldest du dich künftig an statt als ${instead}.\nNicht admin oder user: die werden zuerst probiert.`,
        `What shall your account be called? You will log in with it instead of ${instead}.\nNot admin or user: those are tried first.`,
      ),
    )
  return insist(context, async () => checkName(await ask(context, text('   Name: ', '   Name: '), missingName)))
}

const choosePort = async (
  context: Context,
  dialogue: Dialogue,
  proposed: number,
  before: readonly number[],
): Promise<number | 'keep'> => {
  const given = context.options.one('new-port')
  if (given !== undefined) {
    const port = checkPort(given)
    return port !== 'keep' && before.includes(port) && before.length === 1 ? 'keep' : port
  }
  if (!asks(context)) return proposed
  const [why, reason] = before.includes(22)
    ? ['Auf 22 wird ständig geraten.', 'Port 22 is guessed at all the time.']
    : [
        `Auf ${before.join(', ')} könnte jedes Konto lauschen, wenn sshd einmal steht.`,
        `Any account could listen on ${before.join(', ')} while sshd is down.`,
      ]
  dialogue.head(
    text(
      `Auf welchen Port soll SSH umziehen? ${why}\nLässt dein Netz (Firma, Hotel) nur 22, 80 und 443 hinaus: behalten`,
      `Which port shall SSH move to? ${reason}\nIf your network (office, hotel) lets only 22, 80 and 443 out: keep`,
    ),
  )
  const question = text(`   Port [${proposed}]: `, `   Port [${proposed}]: `)
  const missing = { what: text('Port', 'port'), option: '--new-port N' }
  return insist(context, async () => checkPort((await ask(context, question, missing)) || String(proposed)))
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

/** What can be told without a server is told before one is asked. Throws Trouble. */
export const checkOptions = async (context: Context): Promise<void> => {
  const { options } = context
  const [user, port] = [options.one('user'), options.one('new-port')]
  if (user !== undefined) checkName(user)
  if (port !== undefined) checkPort(port)
  oneOf(options.one('sudo'), ['password', 'nopasswd'], '--sudo')
  allowed(context)
  for (const place of options.many('prove-also'))
    if (parsePlace(place) === null)
      throw trouble(
        'bad-option',
        text(`--prove-also ${printableLine(place)} geht nicht`, `--prove-also ${printableLine(place)} is not possible`),
        text('--prove-also HOST:PORT', '--prove-also HOST:PORT'),
      )
  checkPlace(options.one('save-sudo-password'))
  if (options.one('vault') !== undefined && options.one('save-sudo-password') !== undefined)
    throw trouble(
      'bad-option',
      text('Entweder --vault oder --save-sudo-password', 'Either --vault or --save-sudo-password'),
      text('Das Passwort liegt an einem Ort', 'The password lies in one place'),
    )
  await checkVault(options.one('vault'))
  await namedKeys(context)
}

/** Throws Trouble `not-seen` where something was not seen that every plan rests on. */
export const mustHaveSeen = ({ sections, facts, judged }: Survey): void => {
  // of the server that spoke, not of one that is only installed
  const banner = printableLine(sections.wire?.banner ?? '').slice(0, 60)
  if (banner !== '' && !/^OpenSSH/i.test(banner))
    throw trouble(
      'not-openssh',
      text(
        `Hier antwortet ${banner} statt OpenSSH; das kann Riegel nur ansehen`,
        `${banner} answers here instead of OpenSSH; Riegel can only look at it`,
      ),
      text('Mit openssh-server an seiner Stelle geht es', 'With openssh-server in its place it works'),
    )
  const refused = sections.system && withoutSystemd(sections.system)
  if (refused) throw trouble('no-systemd', refused.refuse, refused.hint)
  const unseen = (['system', 'accounts', 'sudo', 'loginKeys', 'listeners', 'sshd', 'effective'] as const).find(
    name => sections[name] === undefined,
  )
  if (unseen === undefined) return
  const section = facts.sections[unseen]
  const dark = ({ rule }: (typeof judged)[number]) => rule.needs.find(name => !facts.sections[name].seen)
  const why =
    judged.find(one => dark(one) === unseen)?.finding.because ??
    text(`${unseen} ließ sich nicht ansehen`, `${unseen} could not be looked at`)
  const said = section.seen ? '' : printableLine(section.detail ?? '')
  const detail = said === '' || why.en.includes(said.replace(/^sshd: /, '')) ? '' : ` (${said})`
  throw trouble(
    'not-seen',
    text(`${why.de}${detail}`, `${why.en}${detail}`),
    text('riegel audit --verbose nennt, was unklar blieb', 'riegel audit --verbose names what stayed unknown'),
  )
}

const failsIn =
  ({ judged }: Survey) =>
  (...ids: readonly string[]): boolean =>
    judged.some(({ finding }) => finding.verdict === 'fail' && ids.includes(finding.rule))

/** Will sudo be told to ask this account for a password it does not ask for now? */
const needsSudo = (survey: Survey, account: AccountFacts | undefined): boolean => {
  const { sudo } = survey.sections
  if (account === undefined) return true
  if (account.uid === 0) return false
  const bare = rootWithoutPassword(sudo, account)
  return !canBecomeRoot(sudo, account) || (bare && failsIn(survey)('root/passwordless-sudo'))
}

/** What this server leaves to be asked: an account, a key, a port, a place for a password. */
const openQuestions = (context: Context, survey: Survey) => {
  const { accounts, sudo, loginKeys, system } = survey.sections
  const { options } = context
  const fails = failsIn(survey)
  const own = accounts.find(account => account.name === system.operator)
  const goodAlready =
    own !== undefined &&
    own.uid !== 0 &&
    hasRealShell(own) &&
    canBecomeRoot(sudo, own) &&
    !defaultNames.includes(own.name)
  // an account of their own is needed where this plan shuts the door they came through
  const shuts = fails('root/ssh-login', 'root/no-ordinary-admin', 'names/default-login-account')
  const given = options.one('user')
  const keeps = given === undefined && (goodAlready || !shuts)
  const name = keeps ? system.operator : given
  const held = loginKeys.keys.some(key => key.account === name)
  const account = accounts.find(one => one.name === name)
  const ports = ['ports/ssh-default-port', 'ports/ssh-unprivileged-port']
  return {
    keeps,
    name: given === undefined && !keeps,
    key: options.many('key').length === 0 && !held,
    port: fails(...ports),
    place:
      needsSudo(survey, account) &&
      options.one('sudo') !== 'nopasswd' &&
      options.one('save-sudo-password') === undefined &&
      options.one('vault') === undefined &&
      !options.flag('plan'),
  }
}

/** Everything a plan depends on besides facts: from options, from questions, or an error that names the option. */
export const choose = async (
  context: Context,
  dialogue: Dialogue,
  connection: Connection,
  survey: Survey,
): Promise<Chosen> => {
  mustHaveSeen(survey)
  const { sections, report } = survey
  const { accounts, loginKeys, listeners, sshd, system } = sections
  const { operator } = system
  const open = openQuestions(context, survey)
  if (asks(context))
    dialogue.begin(
      report.basics.filter(({ state }) => state !== 'met').length,
      report.basics.length,
      [open.name, open.key, open.port && context.options.one('new-port') === undefined, open.place].filter(Boolean)
        .length,
    )
  const name = open.keeps ? operator : await chooseName(context, dialogue, operator)
  const account = accounts.find(one => one.name === name)
  const authorized = loginKeys.keys.some(key => key.account === name)
  const named = await namedKeys(context)
  const keys = named.length > 0 || authorized ? named : [await askKey(context, dialogue)]
  const before = sshdPorts(listeners, sshd)
  const taken = new Set(listeners.tcp.map(listener => listener.port))
  const proposed = proposePort(connection.server?.hostKey?.fingerprint ?? '', taken)
  const newPort =
    open.port || context.options.one('new-port') !== undefined
      ? await choosePort(context, dialogue, proposed, before)
      : 'keep'
  const requested = context.options.one('sudo')
  const needed = needsSudo(survey, account)
  const home = account?.home ?? `/home/${name}`
  return {
    key: keys[0] ?? null,
    choices: {
      account: { name, exists: account !== undefined, home, keyFile: `${home}/.ssh/authorized_keys` },
      keys: keys.map(key => key.line),
      newPort,
      sudo: requested === 'nopasswd' || requested === 'password' ? requested : needed ? 'password' : 'unchanged',
      operator,
      operatorAddress: system.connection?.clientAddress ?? '',
      agentKeys: survey.facts.sections.operator.seen ? survey.facts.sections.operator.value.agentKeys : 0,
      ports: { before, after: newPort === 'keep' ? before : [newPort] },
      allow: allowed(context),
    },
  }
}
