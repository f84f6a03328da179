import { randomBytes } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { createVault } from './create.js'
import type { Credentials } from './credentials.js'
import { addEntry, type NewEntry, removeEntry } from './entry.js'
import { inspect, open, type Vault } from './read.js'
import { seal } from './write.js'
import { serialize } from './xml.js'

// Writing into a vault must never lose one: beside it, synced, opened again, and only then in its place; the file as it
// was is kept.

/** Where something was put. */
export interface Put {
  /** the entry's UUID, in base64 */
  readonly id: string
  /** the file itself, behind any links */
  readonly path: string
  /** the file as it was; null where it is new */
  readonly backup: string | null
}

const notWritten = (path: string, why: Text): Trouble => {
  const name = printableLine(path)
  return new Trouble(
    'vault-not-written',
    text(`${name} bleibt, wie er war: ${why.de}`, `${name} stays as it was: ${why.en}`),
    text('Rechte und freien Platz prüfen, dann noch einmal', 'Check permissions and free space, then again'),
  )
}

/** The file behind the links, which need not be there yet. */
const behindLinks = (path: string): string => {
  let target = resolve(path)
  for (let steps = 0; steps < 40; steps++) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) break
    target = resolve(dirname(target), readlinkSync(target))
  }
  return join(realpathSync(dirname(target)), basename(target))
}

const bytesAt = (path: string): Buffer | null => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return null
  if (!found.isFile()) throw notWritten(path, text('keine Datei', 'no file'))
  return readFileSync(path)
}

/** Is there a vault, or nothing yet? Throws Trouble where it is something else, or the folder is missing. */
export const checkVaultPlace = (path: string): { readonly exists: boolean } => {
  try {
    const bytes = bytesAt(behindLinks(path))
    if (bytes !== null) inspect(bytes)
    return { exists: bytes !== null }
  } catch (error) {
    if (error instanceof Trouble) throw error
    throw notWritten(path, text('nicht lesbar, oder der Ordner fehlt', 'not readable, or the folder is missing'))
  }
}

/** How long another Riegel is waited for that writes into the same vault, in milliseconds; and when it must be dead. */
const waitFor = 30_000
const deadAfter = 120_000

/** The file beside it, which nobody else can have at the same time. Throws Trouble. */
const aside = async (target: string): Promise<{ readonly path: string; readonly file: number }> => {
  const path = join(dirname(target), `.${basename(target)}.riegel`)
  const until = Date.now() + waitFor
  for (;;) {
    try {
      return { path, file: openSync(path, 'wx+', 0o600) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw notWritten(target, text('der Ordner lässt sich nicht beschreiben', 'its folder cannot be written'))
    }
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found && Date.now() - found.mtimeMs > deadAfter) rmSync(path, { force: true })
    else if (Date.now() > until)
      throw notWritten(target, text('ein anderer Riegel schreibt gerade hinein', 'another Riegel is writing into it'))
    else await sleep(200)
  }
}

const writeAll = (file: number, bytes: Buffer): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at)
  fsyncSync(file)
}

const syncFolder = (path: string): void => {
  if (process.platform === 'win32') return
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Owner, group and mode of the file whose place it takes. */
const likeBefore = (file: number, target: string): void => {
  const old = statSync(target)
  const own = fstatSync(file)
  if (process.platform !== 'win32' && (own.uid !== old.uid || own.gid !== old.gid)) fchownSync(file, old.uid, old.gid)
  fchmodSync(file, old.mode & 0o7777)
}

const backupName = (target: string, now: Date): string => {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const name = basename(target).replace(/\.kdbx$/i, '')
  return join(dirname(target), `${name}.${stamp}-${randomBytes(2).toString('hex')}.backup.kdbx`)
}

/** The file as it was. */
interface Backup {
  readonly path: string
  /** a second name for the very file: what another program still writes into it is there, too */
  readonly same: boolean
}

/** Null = there is nothing any more. */
const keepBackup = (target: string, bytes: Buffer, now: Date): Backup | null => {
  const path = backupName(target, now)
  try {
    linkSync(target, path)
    return { path, same: true }
  } catch (error) {
    // elsewhere it is a copy: on a memory stick, whose file system knows no second name for a file
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  }
  const file = openSync(path, 'wx', 0o600)
  try {
    writeAll(file, bytes)
    likeBefore(file, target)
  } finally {
    closeSync(file)
  }
  return { path, same: false }
}

const whole = (vault: Vault): Buffer => serialize(vault.document, secret => secret)

/** What is written opens again, and holds all that was to be written. Throws Trouble `vault-not-written`. */
const verify = async (target: string, bytes: Buffer, credentials: Credentials, meant: Vault): Promise<void> => {
  const again = await open(bytes, credentials)
  const inner = (vault: Vault) =>
    vault.inner.filter(({ id }) => id !== 2).map(({ id, data }) => `${id} ${data.toString('hex')}`)
  if (!whole(again).equals(whole(meant)) || inner(again).join() !== inner(meant).join())
    throw notWritten(target, text('die Probe schlug fehl', 'the check failed'))
}

/** Into a place where nothing is, and nothing is overwritten that came there just now. */
const moveNew = (path: string, target: string): void => {
  try {
    linkSync(path, target)
    rmSync(path)
  } catch (error) {
    // a memory stick's file system knows no second name for a file
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    renameSync(path, target)
  }
}

/** Does this name lead to that very file? */
const leadsTo = (path: string, { dev, ino }: BigIntStats): boolean => {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return found?.dev === dev && found.ino === ino
}

/**
 * Into the place of the file that was read, which is kept; gives where. Null = another program saved meanwhile, and what
 * it saved is in its place. The last look comes right before the rename: only what is renamed into the place in the
 * microseconds between the two would be lost. What is written into the old file itself is seen afterwards.
 */
const replace = (path: string, target: string, before: Buffer, now: Date): string | null => {
  const own = lstatSync(path, { bigint: true })
  const backup = keepBackup(target, before, now)
  if (backup === null) return null
  const changed = (): boolean => bytesAt(backup.path)?.equals(before) !== true
  const kept = lstatSync(backup.path, { bigint: true })
  if (backup.same ? changed() || !leadsTo(target, kept) : bytesAt(target)?.equals(before) !== true) {
    // where the vault was taken away this is all that is left of it
    if (existsSync(target)) rmSync(backup.path)
    return null
  }
  renameSync(path, target)
  // where something newer came to the place already, the other program's file stays beside it
  if (!changed() || !leadsTo(target, own)) return backup.path
  renameSync(backup.path, target)
  return null
}

/** Changes a vault; false where there is nothing to change. */
type Change = (vault: Vault) => boolean

/** One attempt; null = the file was changed meanwhile, and nothing was done. */
const attempt = async (
  target: string,
  file: number,
  path: string,
  credentials: Credentials,
  now: Date,
  change: Change,
): Promise<{ readonly changed: boolean; readonly backup: string | null } | null> => {
  const before = bytesAt(target)
  const name = basename(target).replace(/\.kdbx$/i, '')
  const vault = before === null ? await createVault(name, credentials, now) : await open(before, credentials)
  if (!change(vault)) return { changed: false, backup: null }
  writeAll(file, seal(vault))
  if (before !== null) likeBefore(file, target)
  await verify(target, readFileSync(path), credentials, vault)
  if (before === null && bytesAt(target) !== null) return null
  const backup = before === null ? null : replace(path, target, before, now)
  if (before === null) moveNew(path, target)
  else if (backup === null) return null
  syncFolder(target)
  return { changed: true, backup }
}

/** Changes a vault, or makes a new one. What was changed meanwhile is kept: the change is made to the newer one. */
const rewrite = async (
  path: string,
  credentials: Credentials,
  now: Date,
  change: Change,
): Promise<Omit<Put, 'id'> & { readonly changed: boolean }> => {
  let target = path
  try {
    target = behindLinks(path)
    for (let tries = 0; tries < 3; tries++) {
      const { path: beside, file } = await aside(target)
      // once it was moved, the name may be another Riegel's already
      const own = fstatSync(file, { bigint: true })
      const clear = () => {
        if (leadsTo(beside, own)) rmSync(beside, { force: true })
      }
      process.once('exit', clear)
      try {
        const done = await attempt(target, file, beside, credentials, now, change)
        if (done) return { path: target, ...done }
      } finally {
        clear()
        closeSync(file)
        process.off('exit', clear)
      }
    }
  } catch (error) {
    if (error instanceof Trouble) throw error
    const { code = 'ERR' } = error as NodeJS.ErrnoException
    throw notWritten(target, text(`das System meldet ${code}`, `the system says ${code}`))
  }
  throw new Trouble(
    'vault-changed',
    text(
      `${printableLine(target)} wird gerade von anderen geändert`,
      `${printableLine(target)} is being changed by others`,
    ),
    text('Den Tresor anderswo schließen, dann noch einmal', 'Close the vault elsewhere, then again'),
  )
}

/**
 * Puts an entry into the vault at `path`, which is made where there is none. Throws Trouble: of opening (refusals.ts),
 * `vault-not-written`, `vault-changed`.
 */
export const putEntry = async (path: string, credentials: Credentials, entry: NewEntry, now: Date): Promise<Put> => {
  let id = ''
  const { path: target, backup } = await rewrite(path, credentials, now, vault => {
    id = addEntry(vault, entry, now)
    return true
  })
  return { id, path: target, backup }
}

/**
 * Takes an entry out again that nothing came of; false where it is not there any more, and nothing is written then.
 * Throws Trouble as above.
 */
export const takeEntry = async (path: string, credentials: Credentials, id: string, now: Date): Promise<boolean> =>
  checkVaultPlace(path).exists && (await rewrite(path, credentials, now, vault => removeEntry(vault, id, now))).changed
