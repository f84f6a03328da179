import { blake2b } from 'hash-wasm'
import type { Argon2 } from './kdf.js'

// Argon2 in version 0x10 (a later pass replaces a block instead of XORing into it), and with associated data. Few vaults
// ask for it, so plain arithmetic will do: words of 64 bits are two of 32, the low one first.

const words = 256

const le = (value: number): Uint8Array => new Uint8Array([value, value >>> 8, value >>> 16, value >>> 24])

const hash = async (bytes: Uint8Array, length: number): Promise<Buffer> =>
  Buffer.from(await blake2b(bytes, length * 8), 'hex')

/** Argon2's H': BLAKE2b for any length. */
const longHash = async (bytes: Uint8Array, length: number): Promise<Buffer> => {
  if (length <= 64) return hash(Buffer.concat([le(length), bytes]), length)
  let last = await hash(Buffer.concat([le(length), bytes]), 64)
  const parts = [last.subarray(0, 32)]
  let left = length - 32
  for (; left > 64; left -= 32) {
    last = await hash(last, 64)
    parts.push(last.subarray(0, 32))
  }
  return Buffer.concat([...parts, await hash(last, left)])
}

const scratch = new Uint32Array(words)

/** The high half of the product of two words. */
const high = (a: number, b: number): number => {
  const al = a & 0xffff
  const ah = a >>> 16
  const bl = b & 0xffff
  const bh = b >>> 16
  // each of these stays below 2^53
  const mid = ah * bl + ((al * bl) >>> 16)
  const low = al * bh + (mid & 0xffff)
  return (ah * bh + ((mid / 0x10000) | 0) + ((low / 0x10000) | 0)) >>> 0
}

/** a = a + b + 2 * low(a) * low(b); then d = rotate(d ^ a, by) */
const half = (v: Uint32Array, a: number, b: number, d: number, by: number): void => {
  const al = v[a]!
  const bl = v[b]!
  const pl = Math.imul(al, bl)
  const low = al + bl + ((pl << 1) >>> 0)
  const carry = low >= 0x200000000 ? 2 : low >= 0x100000000 ? 1 : 0
  const sum = (v[a + 1]! + v[b + 1]! + ((high(al, bl) << 1) | (pl >>> 31)) + carry) | 0
  v[a] = low
  v[a + 1] = sum
  const xl = v[d]! ^ (low | 0)
  const xh = v[d + 1]! ^ sum
  if (by === 32) {
    v[d] = xh
    v[d + 1] = xl
  } else if (by === 63) {
    v[d] = (xl << 1) | (xh >>> 31)
    v[d + 1] = (xh << 1) | (xl >>> 31)
  } else {
    v[d] = (xl >>> by) | (xh << (32 - by))
    v[d + 1] = (xh >>> by) | (xl << (32 - by))
  }
}

const mix = (v: Uint32Array, a: number, b: number, c: number, d: number): void => {
  half(v, a, b, d, 32)
  half(v, c, d, b, 24)
  half(v, a, b, d, 16)
  half(v, c, d, b, 63)
}

/** BLAKE2b's round over sixteen words that begin at `at`; pairs of words lie `step` apart. */
const round = (v: Uint32Array, at: number, step: number): void => {
  const w = (n: number) => at + (n >> 1) * step + (n & 1) * 2
  for (let i = 0; i < 4; i++) mix(v, w(i), w(4 + i), w(8 + i), w(12 + i))
  for (let i = 0; i < 4; i++) mix(v, w(i), w(4 + ((i + 1) & 3)), w(8 + ((i + 2) & 3)), w(12 + ((i + 3) & 3)))
}

/** G(x, y) into `out`; `xor`: into what stands there already. */
const compress = (out: Uint32Array, x: Uint32Array, y: Uint32Array, xor: boolean): void => {
  for (let i = 0; i < words; i++) {
    const both = x[i]! ^ y[i]!
    scratch[i] = both
    out[i] = xor ? out[i]! ^ both : both
  }
  for (let row = 0; row < 8; row++) round(scratch, row * 32, 4)
  for (let column = 0; column < 8; column++) round(scratch, column * 4, 32)
  for (let i = 0; i < words; i++) out[i] = out[i]! ^ scratch[i]!
}

/** 32 bytes by Argon2d or Argon2id of either version. */
export const argon2Old = async (kdf: Argon2, password: Buffer): Promise<Buffer> => {
  const { kind, rounds, memoryKiB, lanes, version, salt, secret, data } = kdf
  const type = kind === 'argon2d' ? 0 : 2
  const first = await hash(
    Buffer.concat([
      ...[lanes, 32, memoryKiB, rounds, version, type].map(le),
      ...[password, salt, secret, data].flatMap(part => [le(part.length), part]),
    ]),
    64,
  )
  const segment = Math.floor(memoryKiB / (4 * lanes))
  const length = segment * 4
  const memory = new Uint32Array(length * lanes * words)
  const block = (lane: number, at: number) => {
    const start = (lane * length + at) * words
    return memory.subarray(start, start + words)
  }
  const toWords = (bytes: Buffer) => Uint32Array.from({ length: words }, (_, i) => bytes.readUInt32LE(i * 4))
  for (let lane = 0; lane < lanes; lane++)
    for (const at of [0, 1])
      block(lane, at).set(toWords(await longHash(Buffer.concat([first, le(at), le(lane)]), 1024)))

  const zero = new Uint32Array(words)
  const input = new Uint32Array(words)
  const addresses = new Uint32Array(words)
  const fill = (pass: number, slice: number, lane: number): void => {
    const independent = type === 2 && pass === 0 && slice < 2
    if (independent) {
      input.fill(0)
      for (const [at, value] of [pass, lane, slice, length * lanes, rounds, type].entries()) input[at * 2] = value
    }
    const next = () => {
      input[12] = input[12]! + 1
      compress(addresses, zero, input, false)
      compress(addresses, zero, addresses.slice(), false)
    }
    if (independent && pass === 0 && slice === 0) next()
    for (let i = pass === 0 && slice === 0 ? 2 : 0; i < segment; i++) {
      const at = slice * segment + i
      const before = block(lane, at === 0 ? length - 1 : at - 1)
      if (independent && i % 128 === 0) next()
      const low = independent ? addresses[(i % 128) * 2]! : before[0]!
      const other = independent ? addresses[(i % 128) * 2 + 1]! : before[1]!
      const from = pass === 0 && slice === 0 ? lane : other % lanes
      const own = from === lane
      // how many blocks may be looked back upon
      const area = (pass === 0 ? slice * segment : length - segment) + (own ? i - 1 : i === 0 ? -1 : 0)
      const start = pass === 0 || slice === 3 ? 0 : (slice + 1) * segment
      const back = area - 1 - high(area, high(low, low))
      compress(block(lane, at), before, block(from, (start + back) % length), pass > 0 && version === 0x13)
    }
  }
  for (let pass = 0; pass < rounds; pass++)
    for (let slice = 0; slice < 4; slice++) for (let lane = 0; lane < lanes; lane++) fill(pass, slice, lane)

  const last = new Uint32Array(words)
  for (let lane = 0; lane < lanes; lane++) {
    const own = block(lane, length - 1)
    for (let i = 0; i < words; i++) last[i] = last[i]! ^ own[i]!
  }
  const bytes = Buffer.alloc(1024)
  for (let i = 0; i < words; i++) bytes.writeUInt32LE(last[i]!, i * 4)
  return longHash(bytes, 32)
}
