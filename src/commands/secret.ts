import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Item } from '../model/plan.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { makePassword } from '../passwords/make.js'
import { ask, insist, type Missing, mustAsk } from './ask.js'
import { badOutput, type Context, checkOutput, note } from './context.js'
import type { Dialogue } from './dialogue.js'

/** Where the generated sudo password goes: shown and typed back already, or into a file once the plan is accepted. */
export interface Place {
  readonly password: string
  readonly file: string | null
}

/** Does this plan give somebody a password that nobody knows yet? */
export const needsSecret = (items: readonly Item[]): boolean =>
  items.some(
    item => item.kind === 'account-password' || (item.kind === 'account-create' && item.password === 'generated'),
  )

const option = '--save-sudo-password'

/** A file that is not there yet and can be made. Throws Trouble `file-exists`, `bad-output`. */
export const checkPlace = (path: string | undefined, named = option): void => {
  if (path !== undefined && existsSync(path))
    throw new Trouble(
      'file-exists',
      text(`${path} gibt es schon`, `${path} exists already`),
      text('Einen neuen Namen angeben; überschrieben wird nichts', 'Give a new name; nothing is overwritten'),
    )
  checkOutput(path, named)
}

const missing = {
  what: text('eine Datei für das sudo-Passwort', 'a file for the sudo password'),
  option: `${option} FILE`,
}

/** What is shown once: the words, and what of them is typed back. */
export interface Shown {
  readonly words: Text
  readonly question: Text
  readonly answer: string
  readonly wrong: Text
  readonly missing: Missing
}

/** Shows it on the alternate screen where there is one, and has a part of it typed back; false after ten tries. */
export const showOnce = async (
  context: Context,
  { words, question, answer, wrong, missing }: Shown,
): Promise<boolean> => {
  // on the alternate screen it does not stay in the scrollback
  const [enter, leave] = context.live ? ['\u001b[?1049h\u001b[H', '\u001b[?1049l'] : ['', '']
  process.stderr.write(`${enter}\n${words[context.lang]}`)
  try {
    for (let tries = 0; tries < 10; tries++) {
      if ((await ask(context, question, missing)) === answer) return true
      note(context, wrong)
    }
  } finally {
    process.stderr.write(leave)
  }
  return false
}

/** Shows the password once and has its last group typed back. Throws Trouble `no-place`. */
const show = async (context: Context, password: string): Promise<void> => {
  const shown = await showOnce(context, {
    words: text(
      `       ${password}\n\n   In den Passwort-Manager damit, jetzt. Es steht sonst nirgends.\n`,
      `       ${password}\n\n   Into your password manager, now. It stands nowhere else.\n`,
    ),
    question: text('   Zur Probe die letzte Gruppe: ', '   To be sure, the last group: '),
    answer: password.split('.').at(-1)!,
    wrong: text('   Das ist sie nicht.', '   That is not it.'),
    missing,
  })
  if (shown) return
  throw new Trouble(
    'no-place',
    text('Die letzte Gruppe stimmt nicht; nichts wurde geändert', 'The last group is not right; nothing was changed'),
    text(`Noch einmal, oder ${option} FILE`, `Again, or ${option} FILE`),
  )
}

/** Makes the sudo password and asks where it goes, unless the option says so. Throws Trouble `cannot-ask`, `no-place`. */
export const choosePlace = async (context: Context, dialogue: Dialogue): Promise<Place> => {
  const password = makePassword()
  const given = context.options.one('save-sudo-password')
  if (given !== undefined) return { password, file: given }
  mustAsk(context, missing)
  dialogue.head(
    text(
      'sudo fragt künftig nach einem Passwort. Riegel macht ein langes. Wohin damit?\n  1  einmal zeigen   3  in eine Datei, die nur du lesen darfst',
      'sudo will ask for a password. Riegel makes a long one. Where to put it?\n  1  show it once   3  into a file only you can read',
    ),
  )
  const file = await insist(context, async () => {
    const answer = (await ask(context, text('   Auswahl [1]: ', '   Choice [1]: '), missing)) || '1'
    if (answer === '1') return null
    if (answer !== '3')
      throw new Trouble(
        'bad-answer',
        text('1 oder 3', '1 or 3'),
        text('Ein KeePass-Tresor als Ort kommt später', 'A KeePass vault as a place comes later'),
      )
    const path = await ask(context, text('   Datei: ', '   File: '), missing)
    checkPlace(path)
    return path
  })
  if (file === null) {
    await show(context, password)
    note(context, text('   Gezeigt, und die letzte Gruppe stimmt.', '   Shown, and the last group is right.'))
  }
  return { password, file }
}

/** Nobody got this password after all: a file that holds it would only mislead. */
export const dropSecret = (place: Place | null): void => {
  if (place?.file != null) rmSync(place.file, { force: true })
}

/** Writes what nobody else may read into a new file, synced. Throws Trouble `bad-output`, `file-exists`. */
export const writeOwn = (path: string, words: string, option: string): void => {
  checkPlace(path, option)
  try {
    const opened = openSync(path, 'wx', 0o600)
    writeSync(opened, words)
    fsyncSync(opened)
    closeSync(opened)
  } catch {
    throw badOutput(path, option)
  }
}

/** Brings it to its place, before the guard is armed. Throws Trouble `bad-output`, `file-exists`. */
export const settleSecret = ({ password, file }: Place): void => {
  if (file !== null) writeOwn(file, `${password}\n`, option)
}
