// The stream that hides single values in KDBX 3.1. OpenSSL has ChaCha20, its successor, but not this one.

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

const quarter = (x: Int32Array, a: number, b: number, c: number, d: number): void => {
  x[b] = x[b]! ^ rotate(x[a]! + x[d]!, 7)
  x[c] = x[c]! ^ rotate(x[b]! + x[a]!, 9)
  x[d] = x[d]! ^ rotate(x[c]! + x[b]!, 13)
  x[a] = x[a]! ^ rotate(x[d]! + x[c]!, 18)
}

const columns = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
] as const
const rows = [
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const

/** XORs what it is given with the stream of a key of 32 bytes and a nonce of 8; goes on where it stopped. */
export const salsa20 = (key: Buffer, nonce: Buffer): ((bytes: Buffer) => Buffer) => {
  const word = (from: Buffer, at: number) => from.readInt32LE(at * 4)
  const sigma = Buffer.from('expand 32-byte k')
  const state = new Int32Array(16)
  for (let i = 0; i < 4; i++) {
    state[i * 5] = word(sigma, i)
    state[1 + i] = word(key, i)
    state[11 + i] = word(key, 4 + i)
  }
  state[6] = word(nonce, 0)
  state[7] = word(nonce, 1)
  const block = Buffer.alloc(64)
  let used = 64
  const next = () => {
    const x = state.slice()
    for (let i = 0; i < 10; i++) {
      for (const [a, b, c, d] of columns) quarter(x, a, b, c, d)
      for (const [a, b, c, d] of rows) quarter(x, a, b, c, d)
    }
    for (let i = 0; i < 16; i++) block.writeInt32LE((x[i]! + state[i]!) | 0, i * 4)
    state[8] = state[8]! + 1
    if (state[8] === 0) state[9] = state[9]! + 1
    used = 0
  }
  return bytes => {
    const out = Buffer.alloc(bytes.length)
    for (let i = 0; i < bytes.length; i++) {
      if (used === 64) next()
      out[i] = bytes[i]! ^ block[used++]!
    }
    return out
  }
}
