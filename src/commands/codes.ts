import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { type Codes, codesAsked, codesFrom } from '../second-factor/codes.js'
import { readSecret } from '../second-factor/totp.js'
import { ask } from './ask.js'
import { type Context, note } from './context.js'
import { smallFile } from './small-file.js'

const option = '--totp-secret-file FILE'
export const missingCode = { what: text('ein Code aus der App', 'a code from the app'), option }

/** The secret in the file that `--totp-secret-file` names; null where none is named. Throws Trouble. */
export const secretGiven = (context: Context): string | null => {
  const path = context.options.one('totp-secret-file')
  if (path === undefined) return null
  const words = smallFile(path)
  if (words !== null) return readSecret(words, path)
  throw new Trouble(
    'bad-totp-secret',
    text(`${path} lässt sich nicht lesen`, `${path} cannot be read`),
    text(option, option),
  )
}

const waits = (context: Context) => (seconds: number) =>
  note(
    context,
    text(
      `  Jeder Code gilt nur einmal; der nächste kommt in ${seconds} s.`,
      `  Each code counts only once; the next comes in ${seconds} s.`,
    ),
  )

/** Codes from a secret that is at hand. */
export const codesBy = (context: Context, secret: string): Codes => codesFrom(secret, waits(context))

/** Codes that the person reads off their phone; where nobody can be asked the error names the option. */
export const codesByHand = (context: Context): Codes =>
  codesAsked(used =>
    ask(
      context,
      used
        ? text('  Der galt schon. Den nächsten Code abwarten: ', '  That one was used. Wait for the next code: ')
        : text('  Code aus der App (für die nächste Anmeldung): ', '  Code from the app (for the next login): '),
      missingCode,
    ),
  )
