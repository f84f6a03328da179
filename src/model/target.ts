import type { WireFacts } from './facts.js'

export interface RunOptions {
  /** standard input of the script: the only way a secret travels */
  readonly input?: string
  readonly timeoutMs: number
  /** output beyond this ends the connection; default 16 MiB */
  readonly maxBytes?: number
  /** the script calls `speak` where it takes long: nobody has to speak for it */
  readonly speaks?: boolean
}

export interface RunResult {
  /** exit status of the script */
  readonly status: number
  /** standard output and error, interleaved */
  readonly output: string
}

/** One open connection for all the work: scripts run one after the other in a shell of root (or of whom it could be). */
export interface Session {
  readonly uid: number
  /** who logged in */
  readonly account: string
  readonly wire: WireFacts | null
  /** the method ssh says it got in by, e.g. `publickey`, `password`; null when not known */
  readonly method: string | null
  /** fingerprint of the key the server accepted for this connection, by ssh's own log */
  readonly acceptedKey: string | null
  /** throws Lost when the connection is gone or the time is over */
  run(script: string, options: RunOptions): Promise<RunResult>
  close(): void
}

/** The connection broke, the answer did not come in time, or had no end; what happened on the server is not known. */
export class Lost extends Error {
  readonly why: 'gone' | 'silent' | 'endless'

  constructor(message: string, why: Lost['why'] = 'gone') {
    super(message)
    this.why = why
  }
}
