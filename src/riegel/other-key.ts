import { prove } from '../target/proof.js'
import type { Server } from '../target/ssh.js'
import type { Survey } from './survey.js'

/**
 * Does ssh, as this person calls it, offer a key of the account that is logged in, besides the one with this fingerprint? Seen by
 * what it offers, so that nobody has to touch anything, and whether or not the server takes that key just now.
 */
export const offersAnother = async (server: Server, { sections }: Survey, fingerprint: string): Promise<boolean> => {
  const user = sections.system?.operator ?? ''
  const others = (sections.loginKeys?.keys ?? [])
    .filter(key => key.account === user && key.fingerprint !== fingerprint)
    .map(key => key.fingerprint)
  const port = sections.system?.connection?.serverPort ?? 22
  const { log } = await prove(server, { user, port, identity: 'own', unsigned: true }, 'none', 30_000)
  return log.offered.some(offered => others.includes(offered))
}
