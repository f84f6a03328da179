import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { asks, askYes } from './ask.js'
import { configFolder } from './config-folder.js'
import { type Context, note } from './context.js'

/** What may be sent somewhere once a person agreed: `--consent` takes these words. */
export const consentWords = ['leaks', 'directory'] as const
export type Consent = (typeof consentWords)[number]

const file = () => join(configFolder(), 'consent')

/** Lines of `WORD HOST DATE`: whoever agreed to one host did not agree to another. */
const remembered = (word: Consent, host: string): boolean => {
  try {
    return readFileSync(file(), 'utf8')
      .split('\n')
      .some(line => line.startsWith(`${word} ${host} `))
  } catch {
    return false
  }
}

const remember = (context: Context, word: Consent, host: string): void => {
  try {
    mkdirSync(configFolder(), { recursive: true, mode: 0o700 })
    appendFileSync(file(), `${word} ${host} ${context.now().toISOString().slice(0, 10)}\n`, { mode: 0o600 })
  } catch {
    const [de, en] = [`${file()} lässt sich nicht schreiben`, `${file()} cannot be written`]
    note(context, text(`Nicht gemerkt: ${de}.`, `Not remembered: ${en}.`))
  }
}

/** `--consent` as given. Throws Trouble `bad-option`. */
export const givenConsents = (context: Context): readonly string[] => {
  const given = context.options.many('consent')
  const wrong = given.find(word => !consentWords.some(one => one === word))
  if (wrong === undefined) return given
  throw new Trouble(
    'bad-option',
    text(`--consent ${wrong} gibt es nicht`, `There is no --consent ${wrong}`),
    text(consentWords.join(', '), consentWords.join(', ')),
  )
}

/**
 * May this be sent to that host? Agreed before, by `--consent`, or now; both are remembered. `says`: exactly what goes
 * there, before the question. `instead`: what else can be said. Throws Trouble `cannot-ask`.
 */
export const agreed = async (
  context: Context,
  word: Consent,
  { host, says, instead }: { readonly host: string; readonly says: Text; readonly instead: Text },
): Promise<boolean> => {
  if (remembered(word, host)) return true
  const given = givenConsents(context).includes(word)
  if (!given && !asks(context))
    throw new Trouble(
      'cannot-ask',
      text(
        `Keine Antwort möglich (kein Terminal): Zustimmung für ${host} fehlt`,
        `Cannot ask (no terminal): consent for ${host} missing`,
      ),
      text(`--consent ${word}, oder ${instead.de}`, `--consent ${word}, or ${instead.en}`),
    )
  const missing = { what: text(`Zustimmung für ${host}`, `consent for ${host}`), option: `--consent ${word}` }
  const question = text(`${says.de}\nEinverstanden? (ja/nein) `, `${says.en}\nDo you agree? (yes/no) `)
  const yes = given || (await askYes(context, question, missing))
  if (yes) remember(context, word, host)
  return yes
}
