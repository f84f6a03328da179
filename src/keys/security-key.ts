import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSecurityType, pinSince } from '../model/security-key.js'
import { printableLine } from '../model/shell.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { findPrivateHalf, type LoginKey } from './own.js'
import { privateKeysIn } from './private-file.js'
import { parsePublicKey } from './public-key.js'

const trouble = (code: string, de: string, en: string, hintDe: string, hintEn: string): Trouble =>
  new Trouble(code, text(de, en), text(hintDe, hintEn))

/** The tools ask by these words; `provider`: the library that speaks to the device, as ssh is configured. */
const environment = (provider: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...(provider !== '' && provider !== 'internal' && { SSH_SK_PROVIDER: provider }),
  ...more,
})

/** OpenSSH here must know the PIN of security keys. Throws Trouble `old-ssh`. */
export const mustKnowPins = (): void => {
  const { stderr = '' } = spawnSync('ssh', ['-V'], { encoding: 'utf8', timeout: 10_000 })
  const release = Number(/OpenSSH_(?:for_Windows_)?(\d+\.\d+)/.exec(stderr ?? '')?.[1] ?? 0)
  if (release >= pinSince) return
  throw trouble(
    'old-ssh',
    `OpenSSH auf diesem Rechner ist zu alt für die PIN eines Sicherheitsschlüssels (${release || '?'})`,
    `OpenSSH on this computer is too old for the PIN of a security key (${release || '?'})`,
    `Es braucht ${pinSince} oder neuer`,
    `It takes ${pinSince} or later`,
  )
}

/** What went wrong, as OpenSSH's own tool says it, in one line of ours. */
const because = (said: string, hintDe: string, hintEn: string): Trouble => {
  const line = printableLine(said.trim().split('\n').at(-1) ?? '').slice(0, 200)
  if (/device not found/i.test(said))
    return trouble(
      'no-security-key',
      'Kein Sicherheitsschlüssel gefunden',
      'No security key was found',
      'Einstecken und noch einmal; unter Linux fehlen sonst die udev-Regeln (Paket libfido2-1)',
      'Plug it in and try again; on Linux the udev rules may be missing (package libfido2-1)',
    )
  if (
    /ssh-sk-helper|No FIDO SecurityKeyProvider|security key support|unknown or unsupported key type|unknown key type/i.test(
      said,
    )
  )
    return trouble(
      'no-security-keys',
      'OpenSSH kann auf diesem Rechner nicht mit Sicherheitsschlüsseln sprechen',
      'OpenSSH on this computer cannot speak to security keys',
      'ssh-sk-helper installieren (openssh-client; auf dem Mac: brew install openssh)',
      'Install ssh-sk-helper (openssh-client; on a Mac: brew install openssh)',
    )
  if (/not supported|unsupported/i.test(said))
    return trouble(
      'security-key',
      'Der Sicherheitsschlüssel kann das nicht: keine PIN gesetzt, oder kein Ed25519',
      'The security key cannot do that: no PIN is set, or it knows no Ed25519',
      'Erst eine PIN setzen (fido2-token -S); sonst: ssh-keygen -t ecdsa-sk -O verify-required, dann --key',
      'Set a PIN first (fido2-token -S); else: ssh-keygen -t ecdsa-sk -O verify-required, then --key',
    )
  return trouble(
    'security-key',
    `Der Sicherheitsschlüssel hat nicht mitgemacht: ${line}`,
    `The security key did not play along: ${line}`,
    hintDe,
    hintEn,
  )
}

/**
 * Makes a key that a security key keeps and gives out only for its PIN, by ssh-keygen on the person's terminal: PIN, touch and
 * passphrase are asked for there. Nothing is overwritten. Gives the path of the .pub file. Throws Trouble.
 */
export const makeSecurityKey = (path: string, provider: string): string => {
  const words = ['-t', 'ed25519-sk', '-O', 'verify-required', '-a', '100', '-f', path]
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { mode: 0o700 })
  // what it says belongs to the talk; its errors are read
  const { status, stderr } = spawnSync('ssh-keygen', words, {
    stdio: ['inherit', 2, 'pipe'],
    encoding: 'utf8',
    env: environment(provider),
  })
  if (status === 0 && existsSync(path) && existsSync(`${path}.pub`)) return `${path}.pub`
  const hint = `ssh-keygen ${words.join(' ')}`
  throw because(stderr ?? '', `Von Hand: ${hint}`, `By hand: ${hint}`)
}

/** A key by its .pub file, which a security key keeps, with the file that names it. Throws Trouble `bad-key`. */
export const securityKeyAt = async (path: string): Promise<LoginKey> => {
  const found = await findPrivateHalf(path)
  if (!isSecurityType(found.key.type))
    throw trouble(
      'bad-key',
      `${path} liegt auf keinem Sicherheitsschlüssel (${found.key.type})`,
      `${path} is not kept by a security key (${found.key.type})`,
      'Einen machen: ssh-keygen -t ed25519-sk -O verify-required',
      'Make one: ssh-keygen -t ed25519-sk -O verify-required',
    )
  // where an agent holds it too the file goes first: the agent would ask for the PIN in its own way
  const beside = path.replace(/\.pub$/, '')
  if (found.identity !== path || beside === path || !existsSync(beside)) return found
  const [own] = privateKeysIn(readFileSync(beside))
  return own?.fingerprint === found.key.fingerprint ? { ...found, identity: beside, encrypted: own.encrypted } : found
}

/** What a signature says of the person: `verified` = a PIN (or a finger) was given to the device. */
export type Signed = { readonly verified: boolean } | 'wrong-pin' | Trouble

/** Flags of a signature (U2F 1.2, FIDO2 6.1): somebody was there; it was its owner. */
const ownerWasThere = 4

/** PROTOCOL.sshsig and PROTOCOL.u2f of OpenSSH: the key that signed, and the flags; null for what is neither. */
export const readSignature = (armored: string): { readonly fingerprint: string; readonly flags: number } | null => {
  const body = /-----BEGIN SSH SIGNATURE-----([\s\S]*?)-----END SSH SIGNATURE-----/.exec(armored)?.[1]
  const bytes = Buffer.from((body ?? '').replace(/\s/g, ''), 'base64')
  if (bytes.subarray(0, 6).toString('latin1') !== 'SSHSIG') return null
  const strings: Buffer[] = []
  for (let at = 10; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return null
    strings.push(bytes.subarray(at + 4, end))
    at = end
  }
  const [key, , , , signature] = strings
  if (!key || !signature || signature.length < 10) return null
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1')
  const named = parsePublicKey(`${type} ${key.toString('base64')}`)
  // behind the signature proper: one byte of flags, four of a counter
  return named && { fingerprint: named.fingerprint, flags: signature[signature.length - 5]! }
}

/**
 * Has the security key sign something that is of no use to anybody: is it here, is the PIN right, does it ask for one?
 * `askpass`: environment of what answers. Takes a touch.
 */
export const trySecurityKey = (key: LoginKey, provider: string, askpass: Readonly<Record<string, string>>): Signed => {
  const { status, stdout, stderr } = spawnSync('ssh-keygen', ['-Y', 'sign', '-n', 'riegel', '-f', key.identity!], {
    input: 'riegel: is it here?\n',
    encoding: 'utf8',
    timeout: 120_000,
    env: environment(provider, askpass),
  })
  const signature = status === 0 ? readSignature(stdout) : null
  if (signature?.fingerprint === key.key.fingerprint) return { verified: (signature.flags & ownerWasThere) !== 0 }
  if (/incorrect passphrase|incorrect PIN|PIN incorrect/i.test(stderr)) return 'wrong-pin'
  return because(stderr, 'PIN eingeben, berühren, noch einmal', 'Enter its PIN, touch it, try again')
}
