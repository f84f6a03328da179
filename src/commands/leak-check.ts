import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import type { Leaks } from '../passwords/leaks.js'
import { agreed, givenConsents } from './consents.js'
import { type Context, note } from './context.js'

/**
 * Where leaks are looked up: a list on this machine (`--leaks`), else the service, after consent; null where neither may
 * be asked. Throws Trouble `bad-leaks`, `bad-option`, `cannot-ask`.
 */
export const openLeakCheck = async (context: Context): Promise<Leaks | null> => {
  const { options } = context
  givenConsents(context)
  const list = options.one('leaks')
  if (list !== undefined) return (await import('../passwords/leaks.js')).openLeaks(list)
  if (options.flag('offline')) return null
  const { openService, serviceAddress, usualService } = await import('../passwords/leak-service.js')
  const service = serviceAddress(options.one('leak-service') ?? usualService)
  const { host } = service
  const yes = await agreed(context, 'leaks', {
    host,
    says: text(
      `Ob ein Passwort in einem Leak steht, weiß ${host}. Dorthin gehen fünf Zeichen
seines SHA-1-Hashs, die es mit tausend anderen teilt; nichts sonst.`,
      `Whether a password is in a leak is known to ${host}. Five characters of its SHA-1
hash go there, which it shares with a thousand others; nothing else.`,
    ),
    instead: text('--leaks DATEI, oder --offline', '--leaks FILE, or --offline'),
  })
  return yes ? openService(service) : null
}

/** How often a password is in leaks; null where no sure answer is to be had, with the reason told once. */
export const leakCounter = (context: Context, leaks: Leaks | null) => {
  let told = false
  return async (password: string): Promise<number | null> => {
    if (leaks === null) return null
    try {
      return await leaks.count(password)
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      if (!told)
        note(context, text(`Leaks: ${error.text.de}. ${error.hint.de}.`, `Leaks: ${error.text.en}. ${error.hint.en}.`))
      told = true
      return null
    }
  }
}
