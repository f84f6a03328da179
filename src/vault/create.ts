import { randomBytes } from 'node:crypto'
import { u32 } from './bytes.js'
import { aesId } from './cipher.js'
import { type Credentials, compositeOf } from './credentials.js'
import { newId, times, timeWords } from './entry.js'
import { fieldIds, type Header } from './header.js'
import { type Argon2, derive, kdfField } from './kdf.js'
import { innerIds, type Vault } from './read.js'
import { streams } from './stream.js'
import { make } from './xml.js'

/** Strong, and a second on a small server: memory is what makes guessing dear. */
const settings = { kind: 'argon2id', rounds: 10, memoryKiB: 64 * 1024, lanes: 2, version: 0x13 } as const

const strong = (): Argon2 => ({
  ...settings,
  salt: randomBytes(32),
  secret: Buffer.alloc(0),
  data: Buffer.alloc(0),
})

/** A new, empty vault: KDBX 4, AES-256, Argon2id. Throws Trouble `bad-key-file`. */
export const createVault = async (
  name: string,
  credentials: Credentials,
  now: Date,
  kdf: Argon2 = strong(),
): Promise<Vault> => {
  const end = Buffer.from('\r\n\r\n')
  const header: Header = {
    major: 4,
    minor: 0,
    fields: [
      { id: fieldIds.cipher, data: aesId },
      { id: fieldIds.compression, data: u32(1) },
      { id: fieldIds.masterSeed, data: randomBytes(32) },
      { id: fieldIds.iv, data: randomBytes(16) },
      { id: fieldIds.kdf, data: kdfField(kdf) },
      { id: fieldIds.end, data: end },
    ],
  }
  const at = timeWords(4, now.getTime() / 1000)
  const group = make('Group', [
    make('UUID', newId()),
    make('Name', name),
    make('IconID', '48'),
    times(4, now.getTime() / 1000),
    make('IsExpanded', 'True'),
    make('EnableAutoType', 'null'),
    make('EnableSearching', 'null'),
    make('LastTopVisibleEntry', Buffer.alloc(16).toString('base64')),
  ])
  const guarded = ['Title', 'UserName', 'Password', 'URL', 'Notes'].map(field =>
    make(`Protect${field}`, field === 'Password' ? 'True' : 'False'),
  )
  const meta = make('Meta', [
    make('Generator', 'Riegel'),
    make('DatabaseName', name),
    make('DatabaseNameChanged', at),
    make('MasterKeyChanged', at),
    make('MemoryProtection', guarded),
    make('RecycleBinEnabled', 'True'),
    make('RecycleBinUUID', Buffer.alloc(16).toString('base64')),
    make('RecycleBinChanged', at),
    make('HistoryMaxItems', '10'),
    make('HistoryMaxSize', '6291456'),
  ])
  return {
    header,
    kdf,
    key: await derive(kdf, compositeOf(credentials)),
    inner: [
      { id: innerIds.stream, data: u32(streams.chacha20) },
      { id: innerIds.streamKey, data: randomBytes(64) },
      { id: innerIds.end, data: Buffer.alloc(0) },
    ],
    document: {
      before: '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
      root: make('KeePassFile', [meta, make('Root', [group, make('DeletedObjects')])]),
      after: '\n',
    },
  }
}
