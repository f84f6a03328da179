import type { Text } from './text.js'

/**
 * What may be changed on a server: a closed union, all of it reversible. No member deletes data.
 *
 * `open` happens before the new way in is proven, `close` only after it, `after` once the door is confirmed, each alone.
 */
export type Stage = 'open' | 'close' | 'after'

interface Base {
  readonly stage: Stage
}

/** One sshd_config keyword in Riegel's drop-in. All settings of one file are merged and rendered once. */
export interface SettingChange extends Base {
  readonly kind: 'setting'
  readonly keyword: string
  /** several values repeat the line (Port); none takes it out of Riegel's drop-in */
  readonly values: readonly string[]
  /** rendered after `Match all`, which alone wins over a later Match (traps T56) */
  readonly matchAll?: boolean
  /** for whom alone it holds, e.g. `User backup`: rendered in a Match of its own, before `Match all` */
  readonly match?: string
}

/** Comments out a line of a file that adds up instead of being overridden (Port, ListenAddress in the main file). */
export interface LineChange extends Base {
  readonly kind: 'line'
  readonly path: string
  /** the very line as it was seen */
  readonly line: string
}

/** A whole file of root's. `content: null` puts an existing one aside. */
export interface FileChange extends Base {
  readonly kind: 'file'
  readonly path: string
  readonly content: string | null
  /** octal, e.g. 0o644 */
  readonly mode: number
  /** what reads it; re-run when it changes and when it comes back */
  readonly effect?: 'none' | 'fail2ban' | 'nftables' | 'ssh-socket'
  /** a command that must accept it before anything is armed: `visudo`, `nft` */
  readonly check?: 'visudo' | 'nft'
}

/** Modes of something that exists; below a home it is done as its owner. */
export interface ModeChange extends Base {
  readonly kind: 'mode'
  readonly path: string
  readonly mode: number
  /** the account whose directory it lies in; root for the system's own */
  readonly account: string
}

export interface AccountCreateChange extends Base {
  readonly kind: 'account-create'
  readonly name: string
  readonly home: string
  readonly shell: string
  readonly keys: readonly string[]
  /** a generated password is set; it is never part of a plan, only this marker is */
  readonly password: 'generated' | 'none'
}

/** Adds keys to an existing account's own file, as that account. */
export interface AccountKeysChange extends Base {
  readonly kind: 'account-keys'
  readonly name: string
  /** the file this sshd reads */
  readonly path: string
  readonly home: string
  readonly keys: readonly string[]
}

/** Sets a generated password where the account has none that works. */
export interface AccountPasswordChange extends Base {
  readonly kind: 'account-password'
  readonly name: string
}

/** The secret of a second factor, for the module of PAM that reads it; it is never part of a plan, only this marker is. */
export interface SecondFactorChange extends Base {
  readonly kind: 'second-factor'
  readonly name: string
}

/** `!` before the hash; `expire` also keeps keys out. */
export interface AccountLockChange extends Base {
  readonly kind: 'account-lock'
  readonly name: string
  readonly expire: boolean
}

/** A port let in by the manager that is active; never flushes, never removes what it did not add. */
export interface FirewallChange extends Base {
  readonly kind: 'firewall'
  readonly manager: 'ufw' | 'firewalld' | 'nftables'
  readonly port: number
  readonly zone?: string
  readonly chains?: readonly { readonly family: string; readonly table: string; readonly chain: string }[]
}

export interface ServiceChange extends Base {
  readonly kind: 'service'
  readonly unit: string
}

export interface PackageChange extends Base {
  readonly kind: 'package'
  readonly name: string
}

export type Change =
  | SettingChange
  | LineChange
  | FileChange
  | ModeChange
  | AccountCreateChange
  | AccountKeysChange
  | AccountPasswordChange
  | AccountLockChange
  | SecondFactorChange
  | FirewallChange
  | ServiceChange
  | PackageChange

export type ChangeKind = Change['kind']

/** What the person decided; everything a fix may depend on besides facts. */
export interface Choices {
  readonly account: {
    readonly name: string
    readonly exists: boolean
    readonly home: string
    /** where this sshd will look for its keys */
    readonly keyFile: string
  }
  /** public key lines */
  readonly keys: readonly string[]
  readonly newPort: number | 'keep'
  readonly sudo: 'password' | 'nopasswd' | 'unchanged'
  /** the account the work connection logged in as */
  readonly operator: string
  readonly operatorAddress: string
  /** keys in the operator's agent: MaxAuthTries must not be below */
  readonly agentKeys: number
  /** sshd's ports now, and the ports it will have */
  readonly ports: { readonly before: readonly number[]; readonly after: readonly number[] }
  /** dangers the person allowed by name */
  readonly allow: readonly DangerId[]
  /** a second factor was set up and its code proven here: for whom (nobody: it is switched off), and who goes on without one */
  readonly secondFactor?: {
    readonly accounts: readonly string[]
    readonly except: readonly string[]
    /** a security key with its PIN; absent = a code beside the key */
    readonly by?: 'security-key'
  }
}

export const dangerIds = ['others-cut-off', 'others-unseen', 'changed-since', 'no-console'] as const
export type DangerId = (typeof dangerIds)[number]

export interface Danger {
  readonly id: DangerId
  readonly text: Text
}
