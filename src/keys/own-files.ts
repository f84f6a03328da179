import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { PathFacts, PrivateKeyFacts, UnreadFacts } from '../model/facts.js'
import { knownFromPublic, privateKeysIn } from './private-file.js'
import { parsePublicKey } from './public-key.js'

/** What a file is that holds no private key. */
export type OtherFile =
  | 'public'
  | 'certificate'
  | 'config'
  | 'known-hosts'
  | 'authorized-keys'
  | 'pipe'
  | 'socket'
  | 'device'
  | 'dangling'
  | 'other'

/** The operator's own files in some places: keys by their content, and what else lies there by what it is. */
export interface OwnFiles {
  readonly keys: readonly PrivateKeyFacts[]
  readonly paths: readonly PathFacts[]
  readonly unread: readonly UnreadFacts[]
  readonly others: readonly { readonly path: string; readonly is: OtherFile }[]
}

/** Further than this nobody keeps keys; where it ends is said. `file` and `bytes` in bytes. */
const most = { files: 20_000, depth: 24, file: 16 * 1024 * 1024, bytes: 512 * 1024 * 1024 } as const

const kindOf = (about: Stats): OtherFile | 'file' | 'folder' =>
  about.isFile()
    ? 'file'
    : about.isDirectory()
      ? 'folder'
      : about.isFIFO()
        ? 'pipe'
        : about.isSocket()
          ? 'socket'
          : 'device'

/** All of a regular file; null where it has become something else meanwhile. Never waits for a pipe. */
const contentOf = (path: string): Buffer | null => {
  // Windows knows neither
  const opened = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0))
  try {
    const about = fstatSync(opened)
    if (!about.isFile() || about.size > most.file) return null
    const bytes = Buffer.alloc(about.size)
    let at = 0
    while (at < bytes.length) {
      const read = readSync(opened, bytes, at, bytes.length - at, at)
      if (read === 0) break
      at += read
    }
    return bytes.subarray(0, at)
  } finally {
    closeSync(opened)
  }
}

const otherThan = (path: string, bytes: Buffer): OtherFile => {
  const name = path.slice(dirname(path).length + 1)
  if (/^known_hosts/.test(name)) return 'known-hosts'
  if (/^authorized_keys/.test(name)) return 'authorized-keys'
  const head = bytes.subarray(0, 64 * 1024).toString('latin1')
  const key = parsePublicKey(head.split(/\r?\n/).find(line => !/^\s*(#|$)/.test(line)) ?? '')
  if (key) return key.type.includes('-cert-') ? 'certificate' : 'public'
  if (/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(head)) return 'certificate'
  if (/^---- BEGIN SSH2 PUBLIC KEY ----|^-----BEGIN (RSA )?PUBLIC KEY-----/m.test(head)) return 'public'
  return name === 'config' || /^\s*(Host|Match|Include)[ \t=]/im.test(head) ? 'config' : 'other'
}

/** What stands beside a locked key that shows nothing of itself: `ssh-keygen -l` believes it too. */
const besides = (path: string): ReturnType<typeof knownFromPublic> | null => {
  try {
    const about = statSync(`${path}.pub`)
    if (!about.isFile() || about.size > 64 * 1024) return null
    const known = knownFromPublic(readFileSync(`${path}.pub`, 'latin1').split(/\r?\n/)[0] ?? '')
    return known.fingerprint === '' ? null : known
  } catch {
    return null
  }
}

/** Whoever runs this, and whose file something is; numbers where no name is known without asking the system. */
const ownerOf = (uid: number): string => {
  const own = userInfo()
  return uid === own.uid ? own.username : uid === 0 ? 'root' : `uid ${uid}`
}

class Walk {
  readonly keys: PrivateKeyFacts[] = []
  readonly unread: UnreadFacts[] = []
  readonly others: { path: string; is: OtherFile }[] = []
  readonly #paths = new Map<string, PathFacts>()
  readonly #seen = new Set<string>()
  #files = 0
  #bytes = 0

  get paths(): PathFacts[] {
    return [...this.#paths.values()]
  }

  async place(path: string, depth = 0): Promise<void> {
    let about: Stats
    try {
      about = statSync(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') this.others.push({ path, is: 'dangling' })
      else this.unread.push({ path, why: 'denied' })
      return
    }
    // by two names, or in a circle of links: once is enough
    const id = `${about.dev}:${about.ino}`
    if (about.ino !== 0 && this.#seen.has(id)) return
    this.#seen.add(id)
    const kind = kindOf(about)
    if (kind === 'folder') await this.#folder(path, depth)
    else if (kind === 'file') this.#file(path, about)
    else this.others.push({ path, is: kind })
  }

  async #folder(path: string, depth: number): Promise<void> {
    if (depth > most.depth) {
      this.unread.push({ path, why: 'too-many' })
      return
    }
    let names: string[]
    try {
      names = readdirSync(path).sort()
    } catch {
      this.unread.push({ path, why: 'denied' })
      return
    }
    for (const name of names) {
      this.#files += 1
      if (this.#files > most.files || this.#bytes > most.bytes) {
        this.unread.push({ path, why: 'too-many' })
        return
      }
      // a folder of thousands must not stop whatever else is going on
      if (this.#files % 200 === 0) await setImmediate()
      await this.place(join(path, name), depth + 1)
    }
  }

  #file(path: string, about: Stats): void {
    if (about.size > most.file) {
      this.unread.push({ path, why: 'too-large' })
      return
    }
    let bytes: Buffer | null
    try {
      bytes = contentOf(path)
    } catch {
      this.unread.push({ path, why: 'denied' })
      return
    }
    if (bytes === null) return
    this.#bytes += bytes.length
    const found = privateKeysIn(bytes)
    if (found.length === 0) {
      this.others.push({ path, is: otherThan(path, bytes) })
      return
    }
    for (const key of found) {
      const beside = found.length === 1 && key.fingerprint === '' ? besides(path) : null
      this.keys.push({ account: '', path, ...key, ...beside })
    }
    this.#note(path, about, 'file')
    const folder = dirname(path)
    const around = statSync(folder, { throwIfNoEntry: false })
    if (around) this.#note(folder, around, 'directory')
  }

  #note(path: string, { mode, uid }: Stats, kind: 'file' | 'directory'): void {
    // there modes say nothing
    if (process.platform === 'win32') return
    const owner = ownerOf(uid)
    // root looks on behalf of whoever owns them
    const account = process.getuid?.() === 0 ? owner : userInfo().username
    this.#paths.set(path, { path, account, owner, kind, mode: mode & 0o7777 })
  }
}

/** Looks at files and folders, subfolders too. Opens nothing but regular files; never fails. */
export const lookAtFiles = async (places: readonly string[]): Promise<OwnFiles> => {
  const walk = new Walk()
  for (const place of places) await walk.place(place)
  return { keys: walk.keys, paths: walk.paths, unread: walk.unread, others: walk.others }
}
