import type { PasswordFacts } from '../model/facts.js'
import { theOne } from '../model/passwords.js'
import { json } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { type Language, languages, lengths, type Made } from '../passwords/make.js'
import { ask, mustAsk } from './ask.js'
import { type Context, deliver, note } from './context.js'
import { thresholdOf } from './threshold.js'
import { waiting } from './waiting.js'

const badOption = (words: Text, hint: Text): Trouble => new Trouble('bad-option', words, hint)

/** What only a check takes: whoever gives one of these wants one. */
const ofChecks = ['password-file', 'leaks', 'leak-service', 'fail-on', 'only', 'skip', 'consent'] as const

/** `riegel password`: makes one, or checks the one it is given. Gives the exit code. */
export const password = async (context: Context): Promise<number> => {
  const { options } = context
  const intoVault = options.one('vault') !== undefined
  // with a vault it is the vault's password that stands in the file
  const given = ofChecks.filter(name => options.many(name).length > 0 && !(intoVault && name === 'password-file'))
  const checks = options.flag('check') || options.flag('offline') || given.length > 0
  if (checks && intoVault)
    throw badOption(
      text('--vault gilt nur beim Machen, nicht beim Prüfen', '--vault is for making one, not for checking'),
      text('Einen ganzen Tresor prüfen: riegel vault DATEI', 'To judge a whole vault: riegel vault FILE'),
    )
  const makes = ['length', 'words'].find(name => options.one(name) !== undefined)
  if (!checks) return make(context)
  if (makes !== undefined)
    throw badOption(
      text(`--${makes} gilt nur beim Machen, nicht beim Prüfen`, `--${makes} is for making one, not for checking`),
      text('Eines von beiden weglassen', 'Leave out one of them'),
    )
  return check(context)
}

const make = async (context: Context): Promise<number> => {
  const { options } = context
  const language = options.one('words')
  if (language !== undefined && !languages.some(one => one === language))
    throw badOption(
      text(`--words ${language} gibt es nicht`, `There is no --words ${language}`),
      text(languages.join(', '), languages.join(', ')),
    )
  const { usual, least, most } = lengths[language === undefined ? 'characters' : 'words']
  const given = options.one('length') ?? String(usual)
  const length = /^\d{1,4}$/.test(given) ? Number(given) : 0
  if (length < least || length > most)
    throw badOption(
      text(
        `--length ${given}: zu kurz, zu lang oder keine Zahl`,
        `--length ${given}: too short, too long or no number`,
      ),
      text(`${least} bis ${most}`, `${least} to ${most}`),
    )
  const { makeCharacters, makeWords } = await import('../passwords/make.js')
  const made = language === undefined ? makeCharacters(length) : await makeWords(length, language as Language)
  const into = options.one('vault')
  if (into === undefined) deliver(context, context.format === 'json' ? json(made, 2) : made.password)
  else await intoVault(context, into, made)
  note(context, about(made, length, language))
  return 0
}

/** The password goes into an entry of its own, and nowhere else. */
const intoVault = async (context: Context, path: string, { password, ...made }: Made): Promise<void> => {
  const { options } = context
  const { openPlace, put } = await import('./vault-place.js')
  const missing = { what: text('der Titel des Eintrags', "the entry's title"), option: '--title TITLE' }
  const given = options.one('title')
  if (given === undefined) mustAsk(context, missing)
  const place = await openPlace(context, path)
  const title = given ?? (await ask(context, text('Titel des Eintrags: ', 'Title of the entry: '), missing))
  await put(context, place, { title, user: options.one('user') ?? '', password })
  if (context.format === 'json') deliver(context, json({ ...made, vault: path, title }, 2))
}

const about = ({ bits }: Made, length: number, language: string | undefined): Text => {
  const whole = Math.floor(bits)
  const all = language === undefined ? text('Zeichen', 'characters') : text('Wörter', 'words')
  // NIST asks for 15, BSI for 20 where no second factor stands beside it
  const short =
    language === undefined && length < lengths.characters.alone
      ? text(
          `. Unter ${lengths.characters.alone} Zeichen nur mit zweitem Faktor (BSI)`,
          `. Below ${lengths.characters.alone} characters only with a second factor (BSI)`,
        )
      : text('', '')
  return text(`${length} ${all.de}, ${whole} Bit${short.de}.`, `${length} ${all.en}, ${whole} bits${short.en}.`)
}

const check = async (context: Context): Promise<number> => {
  const { options } = context
  const threshold = thresholdOf(options)
  const { chosenRules } = await import('./rules.js')
  const chosen = chosenRules(options, 'passwords').map(rule => rule.id)
  const [weak, leaked] = [chosen.includes('passwords/weak'), chosen.includes('passwords/leaked')]
  const [{ readPassword }, { openLeakCheck, leakCounter }] = await Promise.all([
    import('./password-input.js'),
    import('./leak-check.js'),
  ])
  // asked before the password is: a list that is none, or no consent, ends it here
  const leaks = leaked ? await openLeakCheck(context) : null
  try {
    const given = await readPassword(context, text('Passwort (wird nicht gezeigt): ', 'Password (not shown): '))
    if (given === '')
      throw new Trouble(
        'no-password',
        text('Kein Passwort angegeben', 'No password given'),
        text('Eintippen, hineinleiten oder --password-file DATEI', 'Type it, pipe it in or --password-file FILE'),
      )
    const began = performance.now()
    const facts: PasswordFacts = {
      key: theOne,
      title: '',
      user: '',
      hosts: [],
      ...(await waiting(context, text('prüft', 'checking'), async () => ({
        guesses: weak ? (await (await import('../passwords/strength.js')).loadStrength()).guesses(given, []) : null,
        leaked: await leakCounter(context, leaks)(given),
      }))),
      sameAs: [],
      nearlyAs: [],
      changed: null,
      secondFactor: false,
      offers: null,
    }
    const { passwordFacts } = await import('../riegel/passwords.js')
    const taken = { at: context.now(), durationMs: performance.now() - began }
    const { verdict } = await import('./verdict.js')
    return verdict(context, theOne, threshold, passwordFacts(theOne, taken, [facts]), undefined, 'passwords')
  } finally {
    await leaks?.close()
  }
}
