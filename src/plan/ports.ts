import { createHash } from 'node:crypto'

/** Unassigned at IANA, below 512, so that neither an unprivileged program nor an RPC service takes sshd's place. */
const candidates = [...range(288, 306), ...range(325, 342)]

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}

/**
 * The port proposed for this server: the list is begun at a place given by the host key's fingerprint, so two plans of
 * one server agree and two servers differ. `taken`: ports something listens on.
 */
export const proposePort = (fingerprint: string, taken: ReadonlySet<number>): number => {
  const start = createHash('sha256').update(fingerprint).digest().readUInt32BE(0) % candidates.length
  const free = candidates.map((_, at) => candidates[(start + at) % candidates.length]!).find(port => !taken.has(port))
  if (free === undefined) throw new Error('no free port in the list')
  return free
}

/** Ports that others must find, and what for: SSH never moves there (reference/services.md). */
export const wellKnown: ReadonlyMap<number, string> = new Map([
  [21, 'FTP'],
  [25, 'SMTP'],
  [53, 'DNS'],
  [80, 'HTTP'],
  [110, 'POP3'],
  [143, 'IMAP'],
  [443, 'HTTPS'],
  [465, 'SMTPS'],
  [587, 'Submission'],
  [853, 'DNS'],
  [993, 'IMAPS'],
  [995, 'POP3S'],
])
