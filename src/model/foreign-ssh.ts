import type { ListenerFacts, ListenFacts, SshdFacts } from './facts.js'
import { glance, isLoopback, sshdListeners } from './logins.js'
import { type Text, text } from './text.js'

/** Who listens for others and greets like an SSH server, or is known to be one, without being this sshd. */
const foreignListeners = (listeners: ListenFacts, sshd: SshdFacts): ListenerFacts[] => {
  const own = sshdListeners(listeners, sshd).map(({ port }) => port)
  const greets = ({ port }: ListenerFacts) => listeners.sshGreetings.some(greeting => greeting.port === port)
  return listeners.tcp.filter(
    one =>
      !isLoopback(one.address) && !own.includes(one.port) && (greets(one) || /^(dropbear|tinysshd)$/.test(one.process)),
  )
}

/**
 * Another SSH server, by which somebody may get in whatever sshd says; null = none was seen.
 * `port`: only one that listens there.
 */
export const foreignSsh = (facts: object, port?: number): Text | null => {
  const [sshd, listeners] = [glance(facts, 'sshd'), glance(facts, 'listeners')]
  if (!sshd || !listeners) return null
  const found = foreignListeners(listeners, sshd).find(one => port === undefined || one.port === port)
  if (!found) return null
  return text(
    `auf Port ${found.port} lauscht noch ein SSH-Server (${found.process || 'unbekannt'}): wen der hineinlässt, ist nicht zu sehen`,
    `another SSH server listens on port ${found.port} (${found.process || 'unknown'}): whom that one lets in cannot be seen`,
  )
}
