import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Item } from '../model/plan.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { makePassword } from '../passwords/make.js'
import { ask, insist, type Missing, mustAsk } from './ask.js'
import { badOutput, type Context, checkOutput, note } from './context.js'
import type { Dialogue } from './dialogue.js'
import { openPlace, put, type VaultPlace } from './vault-place.js'

/** Where the generated sudo password goes: shown and typed back already, or into a file or vault once the plan is accepted. */
export interface Place {
  readonly password: string
  readonly file: string | null
  readonly vault: VaultPlace | null
}

/** Whose password it is. */
export interface Owner {
  readonly account: string
  readonly host: string
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

/** What is shown once: the words, and whether what is typed back shows that they arrived. */
export interface Shown {
  readonly words: Text
  readonly question: Text
  fits(answer: string): boolean
  readonly wrong: Text
  readonly missing: Missing
}

/** Shows it on the alternate screen where there is one, and has a part of it typed back; false after ten tries. */
export const showOnce = async (
  context: Context,
  { words, question, fits, wrong, missing }: Shown,
): Promise<boolean> => {
  // on the alternate screen it does not stay in the scrollback
  const [enter, leave] = context.live ? ['\u001b[?1049h\u001b[H', '\u001b[?1049l'] : ['', '']
  process.stderr.write(`${enter || '\n'}${words[context.lang]}`)
  try {
    for (let tries = 0; tries < 10; tries++) {
      if (fits(await ask(context, question, missing))) return true
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
    fits: answer => answer === password.split('.').at(-1),
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

/**
 * Makes the sudo password and asks where it goes, unless an option says so; a vault is opened here already. Throws
 * Trouble `cannot-ask`, `no-place`, and those of opening a vault.
 */
export const choosePlace = async (context: Context, dialogue: Dialogue): Promise<Place> => {
  const password = makePassword()
  const given = context.options.one('save-sudo-password')
  if (given !== undefined) return { password, file: given, vault: null }
  const named = context.options.one('vault')
  if (named !== undefined) return { password, file: null, vault: await openPlace(context, named) }
  mustAsk(context, missing)
  dialogue.head(
    text(
      'sudo fragt künftig nach einem Passwort. Riegel macht ein langes. Wohin damit?\n  1  einmal zeigen   2  in eine KeePass-Datei   3  in eine Datei, die nur du lesen darfst',
      'sudo will ask for a password. Riegel makes a long one. Where to put it?\n  1  show it once   2  into a KeePass file   3  into a file only you can read',
    ),
  )
  const place = await insist(context, async () => {
    const answer = (await ask(context, text('   Auswahl [1]: ', '   Choice [1]: '), missing)) || '1'
    if (answer === '1') return { file: null, vault: null }
    if (answer !== '2' && answer !== '3')
      throw new Trouble('bad-answer', text('1, 2 oder 3', '1, 2 or 3'), text('Eine der Ziffern', 'One of the numbers'))
    const path = await ask(context, text('   Datei: ', '   File: '), missing)
    if (answer === '2') return { file: null, vault: await openPlace(context, path) }
    checkPlace(path)
    return { file: path, vault: null }
  })
  if (place.file === null && place.vault === null) {
    await show(context, password)
    note(context, text('   Gezeigt, und die letzte Gruppe stimmt.', '   Shown, and the last group is right.'))
  }
  return { password, ...place }
}

/** What must be done where nobody got this password after all: kept somewhere it would only mislead. */
export type Drop = () => Promise<void>

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

/** A picture of a secret that this run writes: gives what says at its end, whatever that is, that it is still there. */
export const pictureLeft = (context: Context, path: string | undefined): (() => void) => {
  if (path === undefined || existsSync(path)) return () => {}
  return () => {
    if (!existsSync(path)) return
    const name = printableLine(path)
    note(
      context,
      text(
        `Das Secret steht noch in ${name}. Ist es gescannt, lösche die Datei.`,
        `The secret is still in ${name}. Once it is scanned, delete the file.`,
      ),
    )
  }
}

/** Takes an entry out of a vault again. */
export const dropFromVault =
  (context: Context, { path, credentials }: VaultPlace, id: string): Drop =>
  async () => {
    try {
      const { takeEntry } = await import('../vault/place.js')
      if (await takeEntry(path, credentials, id, context.now())) return
      const file = printableLine(path)
      note(
        context,
        text(
          `Der Eintrag gilt nirgends und liegt nicht mehr in ${file}; daran wurde nichts geändert.`,
          `The entry counts nowhere and is no longer in ${file}, which was not changed.`,
        ),
      )
    } catch (error) {
      // what happened on the server is what is told; the entry is only named
      if (!(error instanceof Trouble)) throw error
      note(
        context,
        text(
          `Der Eintrag gilt nirgends, liegt aber noch im Tresor: ${error.text.de}.`,
          `The entry counts nowhere but is still in the vault: ${error.text.en}.`,
        ),
      )
    }
  }

/**
 * Brings it to its place, synced, before the guard is armed; gives the way back. Throws Trouble `bad-output`,
 * `file-exists`, and those of writing into a vault.
 */
export const settleSecret = async (
  context: Context,
  { password, file, vault }: Place,
  { account, host }: Owner,
): Promise<Drop> => {
  if (vault !== null) {
    const id = await put(context, vault, {
      title: `sudo, ${host}`,
      user: account,
      password,
      url: `ssh://${account}@${host}`,
      notes: text(
        'Von Riegel erzeugt: sudo fragt auf dem Server danach.',
        'Made by Riegel: sudo on the server asks for it.',
      )[context.lang],
    })
    return dropFromVault(context, vault, id)
  }
  if (file === null) return async () => {}
  writeOwn(file, `${password}\n`, option)
  return async () => rmSync(file, { force: true })
}
