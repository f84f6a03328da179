import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { type Text, text } from '../model/text.js'
import type { Way } from './proof.js'
import type { Server } from './ssh.js'

/** Does something accept a connection there within so many milliseconds? */
export const answers = (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port })
    const done = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    // after a long turn of this process its answer may lie there already: it is read first
    socket.setTimeout(timeoutMs, () => setImmediate(done, false))
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })

/**
 * The address families in use to reach a server: those its name resolves to and that answer now. Undefined alone where
 * only ssh knows the way (a jump host) or the target is an address.
 */
export const familiesOf = async (server: Server): Promise<(Way['family'] | undefined)[]> => {
  const { hostname, port, proxied } = server.settings
  if (proxied || /^[\d.]+$/.test(hostname) || hostname.includes(':')) return [undefined]
  const found = await lookup(hostname, { all: true }).catch(() => [])
  const families = await Promise.all(
    ([4, 6] as const).map(async family => {
      const one = found.find(address => address.family === family)
      // what a lost first packet or a busy server takes: whatever is left out here nobody proves
      return one && (await answers(one.address, port, 8000))
        ? [family === 4 ? ('inet' as const) : ('inet6' as const)]
        : []
    }),
  )
  const used = families.flat()
  return used.length === 0 ? [undefined] : used
}

/** `host:port`, `[address]:port`; null for anything else. */
export const parsePlace = (word: string): { host: string; port: number } | null => {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(word)
  const port = Number(found?.[3])
  return found && port > 0 && port < 65536 ? { host: (found[1] ?? found[2])!, port } : null
}

/** The first of the person's own places that does not answer (`--prove-also`); null = all answer. */
export const silent = async (places: readonly string[]): Promise<Text | null> => {
  for (const word of places) {
    const place = parsePlace(word)
    if (place && (await answers(place.host, place.port, 5000))) continue
    return text(`${word} antwortet nicht (--prove-also)`, `${word} does not answer (--prove-also)`)
  }
  return null
}
