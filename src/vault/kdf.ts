import { createCipheriv, createHash } from 'node:crypto'
import { text } from '../model/text.js'
import { argon2 } from './argon2.js'
import {
  bytes,
  bytesOf,
  type Dictionary,
  numberOf,
  readDictionary,
  uint32,
  uint64,
  writeDictionary,
} from './dictionary.js'
import { fieldOf, type Header } from './header.js'
import { damaged, tooCostly, unsupported } from './refusals.js'

export interface AesKdf {
  readonly kind: 'aes-kdf'
  readonly rounds: number
  readonly salt: Buffer
}

export interface Argon2 {
  readonly kind: 'argon2d' | 'argon2id'
  readonly rounds: number
  readonly memoryKiB: number
  readonly lanes: number
  readonly version: 0x10 | 0x13
  readonly salt: Buffer
  readonly secret: Buffer
  readonly data: Buffer
}

/** How a key is made from what a person knows and has. */
export type Kdf = AesKdf | Argon2

const ids: Readonly<Record<string, Kdf['kind']>> = {
  ef636ddf8c29444b91f7a9a403e30a0c: 'argon2d',
  '9e298b1956db4773b23dfc3ec6f0a1e6': 'argon2id',
  c9d9f39a628a4460bf740d08c18a4fea: 'aes-kdf',
  '7c02bb8279a74ac0927d114a00648238': 'aes-kdf',
}

const where = text('Schlüsselableitung', 'key derivation')
/** With what Node and the rest of a command hold the whole stays below 1 GB, whatever a header says. */
const maxMemoryKiB = 768 * 1024
const maxRounds = 2 ** 31
const maxLanes = 1024
/** milliseconds that a derivation may take */
export const patience = 13_000

const aesKdf = (rounds: bigint, salt: Buffer): AesKdf => {
  if (rounds > maxRounds)
    throw tooCostly(
      text(`AES-KDF mit ${rounds} Runden (höchstens 2^31)`, `AES-KDF with ${rounds} rounds (at most 2^31)`),
    )
  if (salt.length !== 32) throw damaged(where)
  return { kind: 'aes-kdf', rounds: Number(rounds), salt }
}

const argon2Of = (kind: Argon2['kind'], values: Dictionary): Argon2 => {
  const memory = numberOf(values, 'M') / 1024n
  const rounds = numberOf(values, 'I')
  const lanes = numberOf(values, 'P')
  const version = numberOf(values, 'V')
  const salt = bytesOf(values, 'S')
  if (memory > maxMemoryKiB) {
    const [mib, most] = [(memory + 1023n) / 1024n, maxMemoryKiB / 1024]
    throw tooCostly(
      text(
        `Argon2 mit ${mib} MiB Speicher; Riegel nimmt sich höchstens ${most}`,
        `Argon2 with ${mib} MiB of memory; Riegel takes ${most} at most`,
      ),
      text(
        `Ist es deiner? Dann in KeePassXC, Datenbanksicherheit, Verschlüsselungseinstellungen: 64 bis ${most} MiB, dafür mehr Runden`,
        `Is it yours? Then in KeePassXC, Database Security, Encryption Settings: 64 to ${most} MiB, with more rounds instead`,
      ),
    )
  }
  if (rounds > 2 ** 32 - 1) throw tooCostly(text(`Argon2 mit ${rounds} Runden`, `Argon2 with ${rounds} rounds`))
  if (lanes > maxLanes) throw tooCostly(text(`Argon2 mit ${lanes} Spuren`, `Argon2 with ${lanes} lanes`))
  if (version !== 0x10n && version !== 0x13n)
    throw unsupported(text(`Argon2 in Version ${version}`, `Argon2 version ${version}`))
  if (rounds < 1n || lanes < 1n || memory < 8n * lanes || salt.length < 8) throw damaged(where)
  return {
    kind,
    rounds: Number(rounds),
    memoryKiB: Number(memory),
    lanes: Number(lanes),
    version: version === 0x10n ? 0x10 : 0x13,
    salt,
    secret: values.get('K')?.data ?? Buffer.alloc(0),
    data: values.get('A')?.data ?? Buffer.alloc(0),
  }
}

/** What the header asks for, refused by name where it is no honest price. Throws Trouble. */
export const kdfOf = (header: Header): Kdf => {
  if (header.major === 3) {
    const rounds = fieldOf(header, 'transformRounds', 8).readBigUInt64LE()
    return aesKdf(rounds, fieldOf(header, 'transformSeed', 32))
  }
  const values = readDictionary(fieldOf(header, 'kdf'))
  const id = bytesOf(values, '$UUID').toString('hex')
  const kind = Object.hasOwn(ids, id) ? ids[id]! : null
  if (kind === null) throw unsupported(text('diese Schlüsselableitung', 'this key derivation'))
  return kind === 'aes-kdf' ? aesKdf(numberOf(values, 'R'), bytesOf(values, 'S')) : argon2Of(kind, values)
}

/** As the header of KDBX 4 holds it. */
export const kdfField = ({ kind, rounds, memoryKiB, lanes, version, salt }: Argon2): Buffer => {
  const [id = ''] = Object.entries(ids).find(([, name]) => name === kind) ?? []
  return writeDictionary(
    new Map([
      ['$UUID', bytes(Buffer.from(id, 'hex'))],
      ['S', bytes(salt)],
      ['P', uint32(lanes)],
      ['M', uint64(BigInt(memoryKiB) * 1024n)],
      ['I', uint64(BigInt(rounds))],
      ['V', uint32(version)],
    ]),
  )
}

const tooLong = (): Error =>
  tooCostly(
    text(
      `die Schlüsselableitung dauert hier länger als ${patience / 1000} Sekunden`,
      `the key derivation takes more than ${patience / 1000} seconds here`,
    ),
  )

const noMemory = (): Error =>
  tooCostly(
    text(
      'so viel Arbeitsspeicher, wie die Schlüsselableitung will, gibt es hier nicht',
      'there is not as much memory here as the key derivation wants',
    ),
  )

const chunk = Buffer.alloc(1024 * 1024)

/**
 * Many rounds of AES on one block. CBC over zeros is just that: each block is the encryption of the one before, and
 * OpenSSL does it in large pieces.
 */
const encryptOften = (block: Buffer, { rounds, salt }: AesKdf, until: number): Buffer => {
  if (rounds === 0) return block
  const cipher = createCipheriv('aes-256-cbc', salt, block).setAutoPadding(false)
  const started = performance.now()
  let last = block
  for (let done = 0; done < rounds; ) {
    const many = Math.min(rounds - done, chunk.length / 16)
    last = cipher.update(chunk.subarray(0, many * 16)).subarray(-16)
    done += many
    const now = performance.now()
    // said as soon as it can be told, not when the time is over
    const expected = started + ((now - started) / done) * rounds
    if (now > until || (now - started > 250 && expected > until)) throw tooLong()
  }
  return last
}

/** The key from 32 bytes that stand for password and key file. Throws Trouble `costly-vault` where it takes too long. */
export const derive = async (kdf: Kdf, composite: Buffer): Promise<Buffer> => {
  if (kdf.kind !== 'aes-kdf') return argon2(kdf, composite, patience, { tooLong, noMemory })
  const now = performance.now()
  const first = encryptOften(composite.subarray(0, 16), kdf, now + patience / 2)
  const second = encryptOften(composite.subarray(16), kdf, now + patience)
  return createHash('sha256').update(first).update(second).digest()
}
