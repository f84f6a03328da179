import { existsSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { addToAgent, makeLockedKey, mustHaveAgent, type Passphrase, rewriteKey, tighten } from '../keys/mend.js'
import { agentKeys, ownFolder } from '../keys/own.js'
import { lookAtFiles, type OtherFile } from '../keys/own-files.js'
import type { PrivateKeyFacts } from '../model/facts.js'
import type { AuthorizedMatch, Report } from '../model/report.js'
import type { Rule } from '../model/rule.js'
import { json, printableLine } from '../model/shell.js'
import { type Lang, same, type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { terminal } from '../report/terminal.js'
import { findingsOf, where } from '../report/words.js'
import { checkOwnKeys, type Mend, matchAuthorized, type OwnCheck } from '../riegel/own-keys.js'
import { again } from './again.js'
import { asks, askYes, mustAsk } from './ask.js'
import { short } from './choose-key.js'
import { connect, secretFile } from './connect.js'
import { type Context, deliver, note } from './context.js'
import { chosenRules } from './rules.js'
import { thresholdOf } from './threshold.js'
import { clean } from './verdict.js'
import { waiting } from './waiting.js'

const passwordFile = '--password-file FILE'

/** The terminal, where one is there to ask; else the file that was named. Throws Trouble `cannot-ask`, `bad-password-file`. */
const passphraseOf = (context: Context): Passphrase => {
  const file = context.options.one('password-file')
  if (file !== undefined) return { words: secretFile(file) }
  mustAsk(context, { what: text('die Passphrase', 'the passphrase'), option: passwordFile })
  return 'terminal'
}

const others: Readonly<Record<OtherFile, Text>> = {
  public: text('öffentlicher Schlüssel', 'public key'),
  certificate: text('Zertifikat', 'certificate'),
  config: text('Konfiguration von ssh', 'ssh configuration'),
  'known-hosts': text('bekannte Server', 'known hosts'),
  'authorized-keys': text('eingetragene Schlüssel', 'authorized keys'),
  pipe: text('Pipe, nicht geöffnet', 'pipe, not opened'),
  socket: text('Socket, nicht geöffnet', 'socket, not opened'),
  device: text('Gerät, nicht geöffnet', 'device, not opened'),
  dangling: text('Link ins Leere', 'link to nowhere'),
  other: text('kein Schlüssel', 'no key'),
}

const formats: Readonly<Record<PrivateKeyFacts['format'], Text>> = {
  openssh: same('OpenSSH'),
  pem: text('altes PEM', 'old PEM'),
  pkcs8: same('PKCS #8'),
  'putty-2': same('PuTTY 2'),
  'putty-3': same('PuTTY 3'),
  'ssh.com': same('ssh.com'),
  'ssh-1': same('SSH 1'),
  unknown: text('nicht zu erkennen', 'cannot be told'),
}

const keyWords = ({ type, bits, format, encrypted }: PrivateKeyFacts): Text => {
  if (format === 'unknown') return formats.unknown
  const kind = `${type === 'unknown' ? '' : `${type}${bits > 0 ? ` ${bits}` : ''}, `}`
  const lock = type.endsWith('-sk')
    ? text('auf einem Sicherheitsschlüssel', 'on a security key')
    : encrypted
      ? text('mit Passphrase', 'with a passphrase')
      : text('ohne Passphrase', 'without a passphrase')
  return text(`${kind}${formats[format].de}, ${lock.de}`, `${kind}${formats[format].en}, ${lock.en}`)
}

/** More of them make no first screen. */
const rowsShown = 12

const lastWords = (context: Context, { report, mends }: OwnCheck, places: readonly string[]) => {
  const [worst] = findingsOf(report)
  const unclear = report.findings.find(finding => finding.verdict === 'unknown')
  if (mends.length > 0)
    return { last: text('Weiter mit:', 'Next:'), command: again(context, 'riegel key', '--fix', ...places) }
  if (worst) return { last: text('Von Hand:', 'By hand:'), command: `riegel explain ${worst.rule}` }
  if (!unclear && strangers(report) > 0)
    return {
      last: text(
        'Kennst du einen der eingetragenen nicht, streich dort seine Zeile; vorher mit einem anderen anmelden.',
        'If you do not know one of the authorized, strike its line there; log in with another one before.',
      ),
      command: null,
    }
  if (unclear)
    return {
      last: text(
        'Verletzt ist nichts von dem, was sich ansehen ließ. Unklar heißt weder gut noch schlecht. Worum es geht:',
        'Nothing that could be looked at failed. Unknown means neither good nor bad. What it is about:',
      ),
      command: `riegel explain ${unclear.rule}`,
    }
  return {
    last: text(
      'Kein Befund. Das gilt für die Dateien, die hier angesehen wurden, und für heute.',
      'No findings. That holds for the files that were looked at here, and for today.',
    ),
    command: null,
  }
}

/** A key that is nobody's here is worth a look, no more: it may be a colleague's. */
const strangers = (report: Report): number => (report.authorized ?? []).filter(({ yours }) => yours === null).length

const authorizedRows = (matches: readonly AuthorizedMatch[], lang: Lang): (readonly [string, string])[] =>
  matches.map(({ fingerprint, comment, where: place, yours }) => {
    // the first column stays narrow: the comment is whatever somebody wrote
    const name = printableLine(comment === '' ? fingerprint : comment).slice(0, 30)
    if (yours === 'agent') return [name, lang === 'de' ? 'hat dein Agent' : 'your agent holds it']
    if (yours !== null) return [name, `${lang === 'de' ? 'dein Schlüssel' : 'your key'} ${printableLine(short(yours))}`]
    const nobody = text('gehört zu keinem Schlüssel, den du hier hast:', 'belongs to no key that you hold here:')
    return [name, `${nobody[lang]} ${where(place, lang)}${comment === '' ? '' : `, ${fingerprint}`}`]
  })

/** What is authorized on a server for the account that logs in there, beside what the operator has. */
const against = async (context: Context, target: string, { files }: OwnCheck): Promise<readonly AuthorizedMatch[]> => {
  const usual = await lookAtFiles([ownFolder()])
  const held = new Map<string, string>()
  for (const { fingerprint } of await agentKeys()) held.set(fingerprint, 'agent')
  for (const { fingerprint, path } of [...usual.keys, ...files.keys])
    if (fingerprint !== '') held.set(fingerprint, path)
  const connection = await connect(context, target, { occasion: 'audit' })
  try {
    return await waiting(context, text('sieht sich dort um', 'looking there'), () =>
      matchAuthorized(connection.session, held),
    )
  } finally {
    connection.end()
  }
}

const words = (context: Context, check: OwnCheck, places: readonly string[], named: readonly string[]): string => {
  const { lang, verbose, width, color } = context
  const { keys, others: rest } = check.files
  const rows = [
    ...keys.map(key => [printableLine(short(key.path)), keyWords(key)[lang]] as const),
    ...(verbose ? rest.map(({ path, is }) => [printableLine(short(path)), others[is][lang]] as const) : []),
  ]
  const shown = verbose ? rows : rows.slice(0, rowsShown)
  const more = rows.length - shown.length
  const at = places.map(short).join(', ')
  const { authorized } = check.report
  const account = printableLine(authorized?.[0]?.account ?? '')
  return terminal(check.report, lang, {
    width,
    color,
    verbose,
    command: { harden: null },
    subject: 'keys',
    own: {
      heading: text(
        `${at} · ${keys.length === 1 ? 'ein privater Schlüssel' : `${keys.length} private Schlüssel`}`,
        `${at} · ${keys.length === 1 ? 'one private key' : `${keys.length} private keys`}`,
      ),
      rows:
        more === 0
          ? shown
          : [...shown, ['…', lang === 'de' ? `${more} weitere: --verbose` : `${more} more: --verbose`]],
      ...(authorized && {
        more: {
          title:
            account === ''
              ? text(
                  'Dort ist für dein Konto kein Schlüssel eingetragen.',
                  'No key is authorized there for your account.',
                )
              : text(`Dort für ${account} eingetragen:`, `Authorized there for ${account}:`),
          rows: authorizedRows(authorized, lang),
        },
      }),
      ...lastWords(context, check, named),
    },
  })
}

const questions: Readonly<Record<Mend['kind'], (path: string) => Text>> = {
  passphrase: path => text(`${path}: eine Passphrase setzen? (ja/nein) `, `${path}: set a passphrase? (yes/no) `),
  format: path =>
    text(`${path}: ins neue Format bringen? (ja/nein) `, `${path}: bring it into the new format? (yes/no) `),
  mode: path => text(`${path}: nur noch für dich? (ja/nein) `, `${path}: for nobody but you? (yes/no) `),
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

/** What became of the file as it was: in the old form it is as weak as before. */
const settleBackup = async (context: Context, backup: string): Promise<void> => {
  const name = short(backup)
  const missing = { what: text('ob die Sicherung weg kann', 'whether the backup may go'), option: '--drop-backup' }
  const drop =
    context.options.flag('drop-backup') ||
    (asks(context) &&
      (await askYes(
        context,
        text(
          `Die Sicherung ${name} ist noch so offen wie zuvor. Löschen? (ja/nein) `,
          `The backup ${name} is as open as before. Delete it? (yes/no) `,
        ),
        missing,
      )))
  if (drop) rmSync(backup, { force: true })
  else
    note(
      context,
      text(
        `Die Sicherung ${name} ist noch so offen wie zuvor. Gelingt die Anmeldung, lösche sie.`,
        `The backup ${name} is as open as before. Once the login works, delete it.`,
      ),
    )
}

const mend = async (context: Context, { kind, path }: Mend): Promise<void> => {
  const name = short(path)
  if (kind === 'mode') {
    const [before, after] = tighten(path)
    note(
      context,
      text(`${name}: Rechte ${octal(before)} → ${octal(after)}`, `${name}: mode ${octal(before)} → ${octal(after)}`),
    )
    return
  }
  const passphrase = passphraseOf(context)
  if (passphrase === 'terminal')
    note(
      context,
      kind === 'format'
        ? text(
            `${name}: ssh-keygen fragt nach der alten Passphrase und zweimal nach der neuen (es darf dieselbe sein).`,
            `${name}: ssh-keygen asks for the old passphrase, and twice for the new one (it may be the same).`,
          )
        : text(
            `${name}: ssh-keygen fragt zweimal nach der neuen Passphrase.`,
            `${name}: ssh-keygen asks twice for the new passphrase.`,
          ),
    )
  const backup = rewriteKey(path, passphrase, () => {
    if (passphrase === 'terminal') note(context, text('Zur Probe noch einmal:', 'To be sure, once more:'))
  })
  note(
    context,
    text(
      `${name}: neu geschrieben, und mit der Passphrase geöffnet. Es ist derselbe Schlüssel.`,
      `${name}: written anew, and opened with the passphrase. It is the same key.`,
    ),
  )
  await settleBackup(context, backup)
}

/** Mends what was agreed to; what does not work is told, and the rest goes on. Gives how many were mended. */
const mendAll = async (context: Context, mends: readonly Mend[]): Promise<number> => {
  let done = 0
  for (const one of mends) {
    const missing = { what: text('Zustimmung', 'consent'), option: '--fix' }
    if (!context.options.flag('fix') && !(await askYes(context, questions[one.kind](short(one.path)), missing)))
      continue
    try {
      await mend(context, one)
      done += 1
    } catch (error) {
      if (!(error instanceof Trouble) || ['stopped', 'cannot-ask', 'bad-password-file'].includes(error.code))
        throw error
      note(context, text(`${error.text.de} – ${error.hint.de}`, `${error.text.en} – ${error.hint.en}`))
    }
  }
  return done
}

const make = async (context: Context, file: string, chosen: readonly Rule[]): Promise<number> => {
  if (context.options.flag('agent')) mustHaveAgent()
  const passphrase = passphraseOf(context)
  const path = resolve(file)
  if (passphrase === 'terminal')
    note(
      context,
      text(
        'ssh-keygen fragt jetzt zweimal nach einer Passphrase.\nSie schützt den Schlüssel, falls dir der Rechner abhandenkommt.',
        'ssh-keygen now asks twice for a passphrase.\nIt protects the key should this computer get lost.',
      ),
    )
  const pub = makeLockedKey(path, passphrase)
  note(
    context,
    text(
      `Gemacht: ${short(path)}. Der private Teil bleibt hier.`,
      `Made: ${short(path)}. The private part stays here.`,
    ),
  )
  const wanted =
    context.options.flag('agent') ||
    (passphrase === 'terminal' &&
      process.env['SSH_AUTH_SOCK'] !== undefined &&
      (await askYes(context, text('In den Agenten laden? (ja/nein) ', 'Give it to the agent? (yes/no) '), {
        what: text('ob der Agent ihn bekommt', 'whether the agent gets it'),
        option: '--agent',
      })))
  if (wanted) addToAgent(path, passphrase)
  if (context.format === 'json') deliver(context, json((await checkOwnKeys([path], chosen, context.now())).report, 2))
  else deliver(context, readFileSync(pub, 'utf8'))
  return 0
}

const codeOf = (report: Report, threshold: string): number =>
  clean(report, threshold) && (threshold !== 'low' || strangers(report) === 0) ? 0 : 1

const usage = (words: Text, hint: Text): Trouble => new Trouble('usage', words, hint)

/** `riegel key [FILE|FOLDER ...]`: makes or checks the operator's own keys. Gives the exit code. Throws Trouble. */
export const key = async (context: Context, named: readonly string[]): Promise<number> => {
  const { options } = context
  const chosen = chosenRules(options, 'keys')
  const threshold = thresholdOf(options)
  const file = options.one('make')
  if (file !== undefined) {
    if (named.length > 0)
      throw usage(
        text('--make macht einen Schlüssel und prüft keine', '--make makes a key and checks none'),
        text(`riegel key --make ${file}`, `riegel key --make ${file}`),
      )
    return make(context, file, chosen)
  }
  const missing = named.find(place => !existsSync(place))
  if (missing !== undefined)
    throw new Trouble(
      'no-such-file',
      text(`${missing} gibt es nicht`, `${missing} does not exist`),
      text('Eine Datei oder einen Ordner angeben', 'Give a file or a folder'),
    )
  if (options.flag('agent') && named.length === 0)
    throw usage(
      text('--agent: welchen Schlüssel?', '--agent: which key?'),
      text('riegel key --agent DATEI, oder --make DATEI --agent', 'riegel key --agent FILE, or --make FILE --agent'),
    )
  const places = named.length > 0 ? named.map(place => resolve(place)) : [ownFolder()]
  const target = options.one('against')
  let authorized: readonly AuthorizedMatch[] | undefined
  const look = async (): Promise<OwnCheck> => {
    const seen = await waiting(context, text('sieht sich um', 'looking'), () =>
      checkOwnKeys(places, chosen, context.now()),
    )
    if (target !== undefined) authorized ??= await against(context, target, seen)
    return { ...seen, report: { ...seen.report, ...(authorized && { authorized }) } }
  }
  const show = (check: OwnCheck) => {
    const code = codeOf(check.report, threshold)
    if (context.quiet && code === 0) return
    deliver(context, context.format === 'json' ? json(check.report, 2) : words(context, check, places, named))
  }
  let check = await look()
  if (options.flag('fix')) {
    if (check.mends.some(({ kind }) => kind !== 'mode')) passphraseOf(context)
    await mendAll(context, check.mends)
    check = await look()
    show(check)
  } else {
    show(check)
    const asked =
      asks(context) && context.format === 'terminal' && context.output === undefined && check.mends.length > 0
    if (asked && (await mendAll(context, check.mends)) > 0) {
      check = await look()
      const left = findingsOf(check.report).length
      note(
        context,
        left === 0
          ? text('Kein Befund mehr.', 'No findings any more.')
          : text(`Es bleiben Befunde: ${left}`, `Findings that remain: ${left}`),
      )
    }
  }
  if (options.flag('agent'))
    for (const path of new Set(check.files.keys.map(one => one.path))) addToAgent(path, passphraseOf(context))
  return codeOf(check.report, threshold)
}
