/** SHA-256 (FIPS 180-4) in plain arithmetic: the model imports nothing, and a rule must know which key it looks at. */
const primes = Array.from({ length: 312 }, (_, at) => at).filter(
  number => number > 1 && Array.from({ length: number }, (_, at) => at).every(d => d < 2 || number % d !== 0),
)
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0
const constants = primes.map(prime => fraction(Math.cbrt(prime)))
const start = primes.slice(0, 8).map(prime => fraction(Math.sqrt(prime)))
const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

const padded = (bytes: Uint8Array): DataView => {
  const whole = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6)
  whole.set(bytes)
  whole[bytes.length] = 0x80
  const view = new DataView(whole.buffer)
  view.setUint32(whole.length - 4, bytes.length * 8)
  return view
}

export const sha256 = (bytes: Uint8Array): Uint8Array => {
  const view = padded(bytes)
  const state = [...start]
  for (let block = 0; block < view.byteLength; block += 64) {
    const w = Array.from({ length: 16 }, (_, at) => view.getInt32(block + at * 4))
    for (let at = 16; at < 64; at++) {
      const [a, b] = [w[at - 15]!, w[at - 2]!]
      const small = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
      const large = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
      w[at] = (w[at - 16]! + small + w[at - 7]! + large) | 0
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
    for (let at = 0; at < 64; at++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[at]! + w[at]!) | 0
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
    }
    for (const [at, word] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at]! + word) | 0
  }
  const out = new DataView(new ArrayBuffer(32))
  for (const [at, word] of state.entries()) out.setInt32(at * 4, word)
  return new Uint8Array(out.buffer)
}

/** Type and `SHA256:...` of a public key line, as ssh-keygen -l names it; null for what is not one. */
export const keyOf = (line: string): { type: string; fingerprint: string } | null => {
  const found = /(?:^|\s)([a-z][\w@.-]*)\s+(AAAA[A-Za-z0-9+/]+={0,3})(?:\s|$)/.exec(line)
  if (!found) return null
  const blob = Uint8Array.from(atob(found[2]!), letter => letter.charCodeAt(0))
  const hash = btoa(String.fromCharCode(...sha256(blob)))
  return { type: found[1]!, fingerprint: `SHA256:${hash.replace(/=+$/, '')}` }
}
