import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type LoginKey, ownFolder, usableKeys } from '../keys/own.js'
import { makeSecurityKey, securityKeyAt, trySecurityKey } from '../keys/security-key.js'
import { isSecurityType } from '../model/security-key.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { askpassEnvironment, forgetAnswers, type SecurityKey, type Server } from '../riegel/reach.js'
import type { Survey } from '../riegel/survey.js'
import { ask, asks, insist, mustAsk } from './ask.js'
import { givenIdentities, short } from './choose-key.js'
import { type Context, note } from './context.js'
import type { Dialogue } from './dialogue.js'

const missingKey = { what: text('der Sicherheitsschlüssel', 'the security key'), option: '--key FILE.pub' }
const missingPin = { what: text('die PIN des Sicherheitsschlüssels', 'the PIN of the security key'), option: '--key' }

/** Said whenever a login waits for a finger. */
export const touchNow = (context: Context): void =>
  note(context, text('  Jetzt den Sicherheitsschlüssel berühren.', '  Touch the security key now.'))

/** Asked for once and kept as long as this run; empty where nobody can be asked, or it asks for none (a finger takes its place). */
const askPin = async (context: Context): Promise<string> =>
  asks(context)
    ? ask(
        context,
        text(
          'PIN des Sicherheitsschlüssels (leer, wenn er keine verlangt): ',
          'PIN of the security key (empty if it asks for none): ',
        ),
        missingPin,
        true,
      )
    : ''

/** A wrong PIN too often, and the device locks itself for good. */
const tries = 2

/**
 * Asks for the PIN and has the security key sign once, before anything is changed. `mustVerify`: it must be one that does
 * nothing without its PIN. Throws Trouble.
 */
export const unlock = async (
  context: Context,
  server: Server,
  key: LoginKey,
  passphrase: string | undefined,
  mustVerify: boolean,
): Promise<SecurityKey> => {
  const agent = key.identity?.endsWith('.pub') === true
  const touch = () => touchNow(context)
  for (let n = 1; ; n++) {
    const pin = agent ? '' : await askPin(context)
    touch()
    const answers = agent ? {} : askpassEnvironment(server.folder, passphrase ?? '', undefined, pin)
    const signed = trySecurityKey(key, server.settings.securityKeyProvider, answers)
    forgetAnswers(answers)
    if (signed instanceof Trouble) throw signed
    if (signed === 'wrong-pin') {
      if (n < tries && pin !== '') {
        note(context, text('Diese PIN stimmt nicht.', 'That was not it.'))
        continue
      }
      throw new Trouble(
        'wrong-pin',
        text(
          'Die PIN fehlt oder stimmt nicht; nichts wurde geändert',
          'The PIN is missing or not right; nothing was changed',
        ),
        text(
          'Nach einigen falschen sperrt sich der Sicherheitsschlüssel: erst nachsehen (am Terminal, ohne --yes)',
          'After a few wrong ones the security key locks itself: look it up first (on a terminal, without --yes)',
        ),
      )
    }
    if (mustVerify && !signed.verified)
      throw new Trouble(
        'no-pin',
        text(
          `${short(key.key.path)} verlangt keine PIN; wer den Sicherheitsschlüssel findet, käme hinein`,
          `${short(key.key.path)} asks for no PIN; whoever finds the security key would get in`,
        ),
        text(
          'Neu machen: ssh-keygen -t ed25519-sk -O verify-required',
          'Make one anew: ssh-keygen -t ed25519-sk -O verify-required',
        ),
      )
    return { pin, touch }
  }
}

/**
 * What answers fresh logins of the account that is logged in, where it has a security key: sshd may demand it, now or once
 * something is taken back.
 */
export const answerTouches = async (
  context: Context,
  server: Server,
  { sections: { loginKeys, system } }: Survey,
): Promise<void> => {
  if (!loginKeys?.keys.some(key => key.account === system?.operator && isSecurityType(key.type))) return
  server.securityKey = { pin: await askPin(context), touch: () => touchNow(context) }
}

const freeName = (): string => {
  const path = ['id_ed25519_sk', 'id_ed25519_sk_riegel']
    .map(name => join(ownFolder(), name))
    .find(one => !existsSync(one) && !existsSync(`${one}.pub`))
  if (path !== undefined) return path
  throw new Trouble(
    'no-key-made',
    text(
      'In ~/.ssh ist kein Dateiname für einen neuen Schlüssel mehr frei',
      'No file name for a new key is free in ~/.ssh',
    ),
    text('--key FILE.pub', '--key FILE.pub'),
  )
}

const makeOne = (context: Context, provider: string): string => {
  note(
    context,
    text(
      '   ssh-keygen fragt jetzt nach der PIN, wartet auf eine Berührung und fragt zweimal nach einer Passphrase\n   (sie darf leer sein: ohne den Sicherheitsschlüssel ist die Datei wertlos).',
      '   ssh-keygen now asks for the PIN, waits for a touch, and asks twice for a passphrase\n   (it may be empty: without the security key the file is worth nothing).',
    ),
  )
  const made = makeSecurityKey(freeName(), provider)
  note(context, text(`   Gemacht: ${short(made)}`, `   Made: ${short(made)}`))
  return made
}

const usable = async (path: string): Promise<LoginKey> => {
  const key = await securityKeyAt(path)
  if (key.identity !== null) return key
  throw new Trouble(
    'no-private-half',
    text(`Zu ${path} fehlt hier die private Datei`, `The private file of ${path} is not here`),
    text(
      'Daneben legen, oder vom Gerät holen: ssh-keygen -K',
      'Put it beside the file, or fetch it from the device: ssh-keygen -K',
    ),
  )
}

/** The key named by `--key`; null where none was. Throws Trouble. */
export const namedSecurityKey = async (context: Context): Promise<LoginKey | null> => {
  const [path] = context.options.many('key')
  return path === undefined ? null : usable(path)
}

/** The key to log in with from now on: named, one that is here, or a new one. Throws Trouble `cannot-ask`. */
export const chooseSecurityKey = async (context: Context, dialogue: Dialogue, server: Server): Promise<LoginKey> => {
  const named = await namedSecurityKey(context)
  if (named) return named
  mustAsk(context, missingKey)
  const here = (await usableKeys(givenIdentities(context))).filter(({ key }) => isSecurityType(key.type))
  const known = here.filter((key, at) => here.findIndex(one => one.key.fingerprint === key.key.fingerprint) === at)
  const make = String(known.length + 1)
  const rows = [...known.map(({ key }) => short(key.path)), '']
  const lines = (making: string) =>
    rows.map((row, at) => `${at + 1}  ${row === '' ? `${making} ${short(freeName())}` : row}`).join('\n  ')
  dialogue.head(
    text(
      `Welcher Schlüssel auf dem Sicherheitsschlüssel? Steck ihn jetzt ein.\n  ${lines('einen neuen machen:')}`,
      `Which key on the security key? Plug it in now.\n  ${lines('make a new one:')}`,
    ),
  )
  return insist(context, async () => {
    const answer = (await ask(context, text('   Auswahl [1]: ', '   Choice [1]: '), missingKey)) || '1'
    const picked = known[Number(answer) - 1]
    if (picked) return usable(picked.key.path)
    return usable(answer === make ? makeOne(context, server.settings.securityKeyProvider) : answer)
  })
}
