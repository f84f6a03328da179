import * as crypto from 'node:crypto'
import type { Argon2 } from './kdf.js'

/** Node's own, from 24.7 on: twice as fast as WebAssembly. */
type Own = (
  algorithm: Argon2['kind'],
  parameters: {
    readonly message: Buffer
    readonly nonce: Buffer
    readonly parallelism: number
    readonly tagLength: number
    readonly memory: number
    readonly passes: number
    readonly secret?: Buffer
    readonly associatedData?: Buffer
  },
  done: (error: Error | null, key: Buffer) => void,
) => void
const own = (crypto as unknown as { argon2?: Own }).argon2

const byNode = (own: Own, kdf: Argon2, composite: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    own(
      kdf.kind,
      {
        message: composite,
        nonce: kdf.salt,
        parallelism: kdf.lanes,
        tagLength: 32,
        memory: kdf.memoryKiB,
        passes: kdf.rounds,
        ...(kdf.secret.length > 0 && { secret: kdf.secret }),
        ...(kdf.data.length > 0 && { associatedData: kdf.data }),
      },
      (error, key) => (error ? reject(error) : resolve(key)),
    ),
  )

const run = async (kdf: Argon2, composite: Buffer): Promise<Buffer> => {
  // version 0x10 and associated data are what neither of the two knows
  if (kdf.version === 0x10 || (kdf.data.length > 0 && own === undefined))
    return (await import('./argon2-old.js')).argon2Old(kdf, composite)
  if (own !== undefined) return byNode(own, kdf, composite)
  return (await import('./argon2-wasm.js')).argon2Wasm(kdf, composite)
}

/** More than this is timed beforehand: memory times passes, in KiB. */
const dear = 2 * 1024 * 1024
const sampleKiB = 32 * 1024
const samplePasses = 4

/** What is thrown where a derivation cannot be had: it takes too long, or more memory than there is. */
export interface Refusals {
  tooLong(): Error
  noMemory(): Error
}

/**
 * Argon2's 32 bytes. None of its makers can be stopped, so where much is asked for a small piece is timed first: the
 * whole may take `patience` milliseconds.
 */
export const argon2 = async (
  kdf: Argon2,
  composite: Buffer,
  patience: number,
  { tooLong, noMemory }: Refusals,
): Promise<Buffer> => {
  const work = kdf.memoryKiB * kdf.rounds
  if (work > dear) {
    const sample = { ...kdf, memoryKiB: Math.max(sampleKiB, 8 * kdf.lanes), rounds: samplePasses }
    // the first one also waits until the maker is loaded
    await run({ ...sample, rounds: 1 }, composite)
    const started = performance.now()
    await run(sample, composite)
    const took = performance.now() - started
    if ((took * work) / (sample.memoryKiB * sample.rounds) > patience) throw tooLong()
  }
  try {
    return await run(kdf, composite)
  } catch (error) {
    // V8 and OpenSSL each say it in their own words
    if (/memory|allocat|array buffer|typed array/i.test(error instanceof Error ? error.message : '')) throw noMemory()
    throw error
  }
}
