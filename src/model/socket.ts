import type { SocketFacts, SshdFacts, UnitFacts } from './facts.js'

/** ssh.socket and what systemd was told of it. */
export interface Held {
  readonly unit: UnitFacts
  readonly socket: SocketFacts
}

/** ssh.socket, where it holds sshd's ports now; null = sshd opens them itself. */
export const activeSocket = ({ units, socket }: SshdFacts): Held | null => {
  const unit = units.find(u => u.name === 'ssh.socket' && u.active === 'active')
  return unit && socket ? { unit, socket } : null
}

/** `[::]:22 (Stream)` -> address and port; null where it is no TCP port of a plain address. */
export const addressOf = (listen: string): { address: string; port: number } | null => {
  const found = /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.]+\]):(\d{1,5}) \(Stream\)$/.exec(listen)
  return found ? { address: found[1]!, port: Number(found[2]) } : null
}

/** Riegel's own: it sorts after what distributions and people write (addresses.conf, override.conf, port.conf). */
export const socketDropIn = '/etc/systemd/system/ssh.socket.d/zz-riegel.conf'

/** Does sshd's own Port decide? A generator writes it into the socket, and no drop-in of a person's says otherwise. */
export const followsPort = ({ generator, setBy }: SocketFacts): boolean =>
  generator && setBy.every(path => path.startsWith('/run/systemd/generator/'))

/** The drop-in with which the socket opens these ports on every address it has now. */
export const socketFile = ({ listen }: SocketFacts, ports: readonly number[]): string => {
  const addresses = [...new Set(listen.flatMap(one => addressOf(one)?.address ?? []))]
  const lines = addresses.flatMap(address => ports.map(port => `ListenStream=${address}:${port}\n`))
  return `# Written by Riegel (@ID@). To take it back: riegel undo, or on the server: sh /var/lib/riegel/@ID@/undo.sh\n[Socket]\nListenStream=\n${lines.join('')}`
}
