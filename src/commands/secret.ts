import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Item } from '../model/plan.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { makePassword } from '../passwords/make.js'
import { ask, type Context } from './context.js'

/** Does this plan give somebody a password that nobody knows yet? */
export const needsSecret = (items: readonly Item[]): boolean =>
  items.some(
    item => item.kind === 'account-password' || (item.kind === 'account-create' && item.password === 'generated'),
  )

/** Is there a place for it? Asked before anything is connected to or changed. Throws Trouble. */
export const checkPlace = (context: Context): void => {
  const path = context.options.one('save-sudo-password')
  if (path !== undefined && existsSync(path))
    throw new Trouble(
      'file-exists',
      text(`${path} gibt es schon`, `${path} exists already`),
      text('Einen neuen Namen angeben; überschrieben wird nichts', 'Give a new name; nothing is overwritten'),
    )
}

/**
 * Makes the sudo password and brings it to its place before the guard is armed: into a file only its owner may read
 * (synced), or once onto the terminal, where its last group is typed back. Throws Trouble `no-place`.
 */
export const settleSecret = async (context: Context): Promise<string> => {
  const password = makePassword()
  const path = context.options.one('save-sudo-password')
  if (path !== undefined) {
    checkPlace(context)
    try {
      const file = openSync(path, 'wx', 0o600)
      writeSync(file, `${password}\n`)
      fsyncSync(file)
      closeSync(file)
    } catch {
      throw new Trouble(
        'bad-output',
        text(`${path} lässt sich nicht schreiben`, `${path} cannot be written`),
        text('Einen anderen Pfad angeben: --save-sudo-password FILE', 'Give another path: --save-sudo-password FILE'),
      )
    }
    return password
  }
  const missing = {
    what: text('ein Ort für das sudo-Passwort', 'a place for the sudo password'),
    option: '--save-sudo-password FILE',
  }
  const last = password.split('.').at(-1)!
  // on the alternate screen it does not stay in the scrollback
  const [enter, leave] = context.live ? ['\u001b[?1049h\u001b[H', '\u001b[?1049l'] : ['', '']
  const question = text(
    `${enter}sudo fragt künftig nach einem Passwort. Das ist es:\n\n    ${password}\n\nIn den Passwort-Manager damit, jetzt. Es steht sonst nirgends.\nZur Probe die letzte Gruppe: `,
    `${enter}sudo will ask for a password. This is it:\n\n    ${password}\n\nInto your password manager, now. It stands nowhere else.\nTo be sure, the last group: `,
  )
  try {
    for (let tries = 0; tries < 10; tries++) if ((await ask(context, question, missing)) === last) return password
  } finally {
    if (context.canAsk) process.stderr.write(leave)
  }
  throw new Trouble(
    'no-place',
    text('Die letzte Gruppe stimmt nicht; nichts wurde geändert', 'The last group is not right; nothing was changed'),
    text('Noch einmal, oder --save-sudo-password FILE', 'Again, or --save-sudo-password FILE'),
  )
}
