import { argon2d, argon2id } from 'hash-wasm'
import type { Argon2 } from './kdf.js'

// A file of its own: the bundler gives names to what a file imports, not to what is imported on the way.

/** Argon2 in version 0x13, without associated data, by WebAssembly. */
export const argon2Wasm = async (
  { kind, rounds, memoryKiB, lanes, salt, secret }: Argon2,
  password: Buffer,
): Promise<Buffer> => {
  const key = await (kind === 'argon2d' ? argon2d : argon2id)({
    password,
    salt,
    secret,
    iterations: rounds,
    parallelism: lanes,
    memorySize: memoryKiB,
    hashLength: 32,
    outputType: 'binary',
  })
  return Buffer.from(key)
}
