import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { codeOf, period, stepOf } from './totp.js'

/** Where the codes for logins come from. */
export interface Codes {
  /** the next code that was not used yet; waits for it. Rejects where nobody gives one */
  next(): Promise<string>
}

/**
 * Codes from a secret that is at hand. The server takes each only once, so the next one may have to be waited for:
 * `waits` is told the seconds.
 */
export const codesFrom = (
  secret: string,
  waits: (seconds: number) => void,
  now: () => number = Date.now,
  sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms)),
): Codes => {
  let last = 0
  return {
    async next() {
      for (;;) {
        const step = stepOf(now())
        if (step > last) {
          last = step
          return codeOf(secret, step)
        }
        const ms = (last + 1) * period * 1000 - now()
        waits(Math.ceil(ms / 1000))
        await sleep(ms + 20)
      }
    },
  }
}

/** Codes that a person types. One that was used already is not taken, since the server would refuse it. */
export const codesAsked = (ask: (used: boolean) => Promise<string>): Codes => {
  let last = ''
  return {
    async next() {
      let used = false
      for (let tries = 0; tries < 10; tries++) {
        const code: string = (await ask(used)).replace(/\s/g, '')
        used = code === last
        if (!/^\d{6}$|^\d{8}$/.test(code) || used) continue
        last = code
        return code
      }
      throw new Trouble(
        'no-code',
        text('Es kam kein brauchbarer Code', 'No code came that could be used'),
        text('Ein Code hat sechs Ziffern und gilt nur einmal', 'A code has six digits and counts only once'),
      )
    },
  }
}
