import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PrivateKeyFacts } from '../model/facts.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { plainForm, privateKeysIn } from './private-file.js'
import { parsePublicKey } from './public-key.js'

/** Who gives the passphrase: the terminal, to OpenSSH itself; or Riegel, which read it from a file. */
export type Passphrase = 'terminal' | { readonly words: string }

/** Its answer comes from its standard input, which is ours: in no argument, no environment, no file. */
const askpass = `#!/bin/sh
case $1 in *[Pp]assphrase*) IFS= read -r words && printf '%s\\n' "$words" ;; *) exit 1 ;; esac
`

/** Removes a file or folder, also where this process is ended meanwhile. */
const gone = (path: string): (() => void) => {
  const remove = () => rmSync(path, { recursive: true, force: true })
  process.once('exit', remove)
  return () => {
    process.off('exit', remove)
    remove()
  }
}

/** Runs one of OpenSSH's tools, which asks `times` for a passphrase. Gives what it printed; null = it failed. */
const run = (program: string, words: readonly string[], passphrase: Passphrase, times: number): string | null => {
  if (passphrase === 'terminal') {
    const { status, stdout } = spawnSync(program, words, { stdio: ['inherit', 'pipe', 'inherit'], encoding: 'utf8' })
    return status === 0 ? stdout : null
  }
  const folder = mkdtempSync(join(tmpdir(), 'riegel-key-'))
  const done = gone(folder)
  try {
    const helper = join(folder, 'askpass')
    writeFileSync(helper, askpass, { mode: 0o700 })
    const { status, stdout } = spawnSync(program, words, {
      input: `${passphrase.words}\n`.repeat(times),
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        ...process.env,
        SSH_ASKPASS: helper,
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: process.env['DISPLAY'] || ':0',
      },
    })
    return status === 0 ? stdout : null
  } finally {
    done()
  }
}

const cost = '100'

const trouble = (code: string, de: string, en: string, hintDe: string, hintEn: string): Trouble =>
  new Trouble(code, text(de, en), text(hintDe, hintEn))

const without = (path: string): Trouble =>
  trouble(
    'no-passphrase',
    `${path}: ohne Passphrase ist die Datei selbst der Schlüssel; nichts wurde geändert`,
    `${path}: without a passphrase the file itself is the key; nothing was changed`,
    'Noch einmal, mit einer Passphrase',
    'Again, with a passphrase',
  )

/** Makes an ed25519 key by ssh-keygen. Gives the path of the .pub file. Throws Trouble `no-key-made`. */
export const makeKey = (path: string, passphrase: Passphrase): string => {
  let made = false
  try {
    // one folder, not several: Node never comes back where one can be made nowhere (/proc)
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { mode: 0o700 })
    made = run('ssh-keygen', ['-q', '-t', 'ed25519', '-a', cost, '-f', path], passphrase, 2) !== null
  } catch {
    // a folder that cannot be made: the same as no key
  }
  if (made && existsSync(path) && existsSync(`${path}.pub`)) return `${path}.pub`
  throw trouble(
    'no-key-made',
    'Es wurde kein Schlüssel erzeugt',
    'No key was made',
    `Von Hand: ssh-keygen -t ed25519 -f ${path}`,
    `By hand: ssh-keygen -t ed25519 -f ${path}`,
  )
}

/** The same with a passphrase, or not at all. Throws Trouble `file-exists`, `no-key-made`, `no-passphrase`. */
export const makeLockedKey = (path: string, passphrase: Passphrase): string => {
  for (const one of [path, `${path}.pub`])
    if (existsSync(one))
      throw trouble(
        'file-exists',
        `${one} gibt es schon`,
        `${one} exists already`,
        'Einen neuen Namen angeben; überschrieben wird nichts',
        'Give a new name; nothing is overwritten',
      )
  const pub = makeKey(path, passphrase)
  if (privateKeysIn(readFileSync(path)).every(({ encrypted }) => encrypted)) return pub
  rmSync(path)
  rmSync(pub)
  throw without(path)
}

/** Does ssh-keygen rewrite keys of this form? Whatever else is in the file is a question of its own. */
export const canRewrite = ({ format, type }: PrivateKeyFacts): boolean =>
  format === 'openssh' || format === 'pem' || (format === 'pkcs8' && type !== 'ed25519')

const readable = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch {
    throw trouble(
      'bad-key',
      `${path} lässt sich nicht lesen`,
      `${path} cannot be read`,
      'Den Pfad prüfen',
      'Check the path',
    )
  }
}

const written = (path: string, content: string | Buffer): void => {
  const opened = openSync(path, 'wx', 0o600)
  try {
    writeSync(opened, content as string)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

const synced = (path: string): void => {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } catch {
    // Windows knows no such thing of a folder
  } finally {
    closeSync(opened)
  }
}

export const isBackup = (path: string): boolean => /\.before-riegel(-\d+)?$/.test(path)

/** A name beside it that is still free. */
const backupName = (path: string): string => {
  for (let at = 1; ; at++) {
    const name = `${path}.before-riegel${at === 1 ? '' : `-${at}`}`
    if (!existsSync(name)) return name
  }
}

/**
 * Gives a key a passphrase, or the new format, by `ssh-keygen -p`: on a copy beside it, which takes its place only once
 * it was opened with that passphrase and is the same key. Through links to the file itself; what it was lies beside it
 * afterwards, by the name that is given back. `askAgain`: said before ssh-keygen asks once more.
 * Throws Trouble `bad-key`, `cannot-rewrite`, `not-rewritten`, `no-passphrase`, `changed-since`.
 */
export const rewriteKey = (path: string, passphrase: Passphrase, askAgain: () => void): string => {
  const before = readable(path)
  const real = realpathSync(path)
  const [key] = privateKeysIn(before)
  const plain = plainForm(before)
  if (!key || plain === null || !canRewrite({ account: '', path, ...key }))
    throw trouble(
      'cannot-rewrite',
      `${path}: diese Form schreibt ssh-keygen nicht neu`,
      `${path}: ssh-keygen does not rewrite this form`,
      'riegel explain unprotected-private-key',
      'riegel explain unprotected-private-key',
    )
  const failed = trouble(
    'not-rewritten',
    `${path} ist, wie es war: ssh-keygen hat es nicht neu geschrieben`,
    `${path} is as it was: ssh-keygen did not rewrite it`,
    'Stimmt die Passphrase? Noch einmal',
    'Is the passphrase right? Again',
  )
  const aside = `${real}.riegel-${randomBytes(6).toString('hex')}`
  const done = gone(aside)
  try {
    written(aside, plain)
    if (run('ssh-keygen', ['-q', '-p', '-a', cost, '-f', aside], passphrase, key.encrypted ? 3 : 2) === null)
      throw failed
    const [now] = privateKeysIn(readFileSync(aside))
    if (now?.encrypted === false) throw without(path)
    askAgain()
    const shown = run('ssh-keygen', ['-y', '-f', aside], passphrase, 1)
    const opened = shown === null ? null : parsePublicKey(shown.split('\n')[0] ?? '')
    const same = key.fingerprint === '' || key.fingerprint === opened?.fingerprint
    if (now?.format !== 'openssh' || !opened || opened.fingerprint !== now.fingerprint || !same) throw failed
    if (!readFileSync(real).equals(before))
      throw trouble(
        'changed-since',
        `${path} wurde eben geändert`,
        `${path} was changed just now`,
        'Noch einmal',
        'Again',
      )
    const { uid, gid } = statSync(real)
    if (process.getuid?.() === 0) chownSync(aside, uid, gid)
    const backup = backupName(real)
    written(backup, before)
    if (process.getuid?.() === 0) chownSync(backup, uid, gid)
    synced(aside)
    renameSync(aside, real)
    synced(dirname(real))
    return backup
  } catch (error) {
    if (error instanceof Trouble) throw error
    throw failed
  } finally {
    done()
  }
}

/** Takes from everybody else what they may do with a key file, or its folder. Gives the old mode and the new one. */
export const tighten = (path: string): readonly [before: number, after: number] => {
  try {
    const about = statSync(path)
    const before = about.mode & 0o7777
    const after = about.isDirectory() ? before & ~0o022 : before & 0o600
    chmodSync(path, after)
    return [before, after]
  } catch {
    throw trouble(
      'not-tightened',
      `${path}: die Rechte lassen sich nicht ändern`,
      `${path}: its mode cannot be changed`,
      'Gehört die Datei dir?',
      'Is the file yours?',
    )
  }
}

/** Throws Trouble `no-agent`. */
export const mustHaveAgent = (): void => {
  if (process.env['SSH_AUTH_SOCK'] !== undefined) return
  throw trouble(
    'no-agent',
    'Hier läuft kein Agent (SSH_AUTH_SOCK fehlt)',
    'There is no agent here (SSH_AUTH_SOCK is missing)',
    'eval "$(ssh-agent)", dann noch einmal',
    'eval "$(ssh-agent)", then again',
  )
}

/** Gives a key to the agent. Throws Trouble `no-agent`, `not-added`. */
export const addToAgent = (path: string, passphrase: Passphrase): void => {
  mustHaveAgent()
  if (run('ssh-add', ['-q', path], passphrase, 1) === null)
    throw trouble(
      'not-added',
      `${path} ist nicht im Agenten`,
      `${path} is not in the agent`,
      `Von Hand: ssh-add ${path}`,
      `By hand: ssh-add ${path}`,
    )
}
