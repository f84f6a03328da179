import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { OperatorFacts } from '../model/facts.js'
import { printableLine } from '../model/shell.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { lookAtFiles } from './own-files.js'
import { privateKeyFacts } from './private-key.js'
import { type PublicKey, parsePublicKey } from './public-key.js'

/** Where ssh keeps a person's keys. */
export const ownFolder = (): string => join(homedir(), '.ssh')

/** Runs one of OpenSSH's tools; empty where it is missing, fails or takes longer than five seconds. */
const ask = (program: string, words: readonly string[]): Promise<string> =>
  new Promise(resolve => {
    const child = execFile(program, words, { timeout: 5000, maxBuffer: 1 << 20 }, (error, out) =>
      resolve(error ? '' : out),
    )
    child.stdin?.end()
  })

const limit = 64 * 1024

const smallFiles = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .map(name => join(folder, name))
      .filter(path => {
        const about = statSync(path, { throwIfNoEntry: false })
        return about?.isFile() === true && about.size <= limit
      })
      .slice(0, 200)
  } catch {
    return []
  }
}

/** Keys that the agent holds; none where there is no agent. */
export const agentKeys = async (): Promise<PublicKey[]> =>
  process.env['SSH_AUTH_SOCK'] === undefined
    ? []
    : (await ask('ssh-add', ['-L'])).split('\n').flatMap(line => parsePublicKey(line, 'agent') ?? [])

/**
 * The operator's own side: what their private keys are, how many the agent holds. Never fails.
 * `algorithms`: what their ssh knows, too; only a change has to know that.
 */
export const lookAtOwn = async (algorithms: boolean): Promise<OperatorFacts> => {
  const list = async (what: string) =>
    algorithms ? (await ask('ssh', ['-Q', what])).split('\n').filter(word => word !== '') : []
  const [own, agent, cipher, mac, kex, key] = await Promise.all([
    lookAtFiles([ownFolder()]),
    agentKeys(),
    list('cipher'),
    list('mac'),
    list('kex'),
    list('HostKeyAlgorithms'),
  ])
  const { keys, paths, unread } = own
  return { privateKeys: keys, agentKeys: agent.length, knows: { cipher, mac, kex, key }, paths, unread }
}

/** A key to log in with: the line for the server, and what ssh is told to use. */
export interface LoginKey {
  readonly line: string
  readonly key: PublicKey
  /** the private half, or the .pub file where the agent holds it; null = no private half here */
  readonly identity: string | null
  /** the private half asks for a passphrase and the agent does not hold it */
  readonly encrypted: boolean
}

const badKey = (path: string, what: [string, string], hint: [string, string]): Trouble =>
  new Trouble('bad-key', text(`${path} ${what[0]}`, `${path} ${what[1]}`), text(...hint))

/** Reads a .pub file. Throws Trouble `bad-key` for a private key, UTF-16, or what is no key (screens.md 9). */
export const readPublicKey = (path: string): { line: string; key: PublicKey } => {
  let bytes: Buffer
  try {
    if (statSync(path).size > limit) throw new Error('too large')
    bytes = readFileSync(path)
  } catch {
    throw badKey(
      path,
      ['lässt sich nicht lesen', 'cannot be read'],
      ['Den Pfad der .pub-Datei angeben', 'Give the path of the .pub file'],
    )
  }
  if (bytes.includes(0))
    throw badKey(
      path,
      ['ist UTF-16 (PowerShell ">")', 'is UTF-16 (PowerShell ">")'],
      ['Neu: ssh-keygen -y, als ASCII speichern', 'Again: ssh-keygen -y, save as ASCII'],
    )
  const words = bytes.toString('utf8')
  if (/-----BEGIN .*PRIVATE KEY-----/.test(words))
    throw badKey(
      path,
      ['ist der private Schlüssel; er bleibt hier', 'is the private key; it stays here'],
      [`Nimm ${path}.pub`, `Use ${path}.pub`],
    )
  const line = words
    .split(/\r?\n/)
    .map(one => one.trim())
    .find(one => one !== '' && !one.startsWith('#'))
  const key = line === undefined ? null : parsePublicKey(line, path)
  if (!line || !key || key.options !== '')
    throw badKey(
      path,
      ['ist kein öffentlicher Schlüssel', 'is no public key'],
      ['Den Pfad der .pub-Datei angeben', 'Give the path of the .pub file'],
    )
  return { line: printableLine(`${key.type} ${key.blob}${key.comment === '' ? '' : ` ${key.comment}`}`), key }
}

/** The private half of a public key: in the agent, beside its file, or anywhere in ~/.ssh. */
export const findPrivateHalf = async (path: string): Promise<LoginKey> => {
  const { line, key } = readPublicKey(path)
  if ((await agentKeys()).some(held => held.fingerprint === key.fingerprint))
    return { line, key, identity: path, encrypted: false }
  const beside = path.replace(/\.pub$/, '')
  const candidates = beside !== path && existsSync(beside) ? [beside] : []
  for (const candidate of [...candidates, ...smallFiles(ownFolder())]) {
    const [first = '', second = ''] = readFileSync(candidate, 'latin1').split(/\r?\n/)
    if (!/^-----BEGIN .*PRIVATE KEY-----/.test(first)) continue
    const about = (await ask('ssh-keygen', ['-l', '-f', candidate])).split('\n')[0] ?? ''
    const facts = privateKeyFacts('', candidate, first, second.slice(0, 48), about)
    if (facts.fingerprint === key.fingerprint || (facts.fingerprint === '' && candidate === beside))
      return { line, key, identity: candidate, encrypted: facts.encrypted }
  }
  return { line, key, identity: null, encrypted: false }
}

/** The public halves in ~/.ssh, and beside the private keys given, whose private half is at hand; the usual name first. */
export const usableKeys = async (given: readonly string[]): Promise<LoginKey[]> => {
  const paths = [
    ...given.map(path => `${path.replace(/\.pub$/, '')}.pub`).filter(path => existsSync(path)),
    ...smallFiles(ownFolder()).filter(path => path.endsWith('.pub')),
  ]
  const all = await Promise.all(
    paths.map(path =>
      findPrivateHalf(path).catch(error => {
        if (error instanceof Trouble) return null
        throw error
      }),
    ),
  )
  const rank = (key: LoginKey) => (key.key.path.endsWith('id_ed25519.pub') ? 0 : 1)
  return all.flatMap(key => (key?.identity ? [key] : [])).sort((a, b) => rank(a) - rank(b))
}

/** Does the key open with what this environment's askpass says? Never by an argument. */
export const opensKey = (path: string, askpass: Readonly<Record<string, string>>): boolean =>
  spawnSync('ssh-keygen', ['-y', '-f', path], { timeout: 20_000, stdio: 'ignore', env: { ...process.env, ...askpass } })
    .status === 0
