import type { Change, Choices, Danger, FileChange, LineChange, SettingChange, Stage } from './change.js'
import type { RuleId } from './rule.js'
import type { Text } from './text.js'

/** A change and the rules that want it. */
export interface Step {
  readonly change: Change
  readonly rules: readonly RuleId[]
  readonly says: Text
}

/** All that one file becomes: settings and lines merged, rendered once per stage; null = not there. */
export interface FileItem {
  readonly kind: 'file'
  readonly path: string
  readonly mode: number
  readonly stages: Readonly<Partial<Record<Stage, string | null>>>
  readonly effect: 'none' | 'fail2ban' | 'nftables' | 'sshd' | 'ssh-socket'
  readonly check?: 'visudo' | 'nft'
}

/** What apply carries out, in order: files merged, everything else as it was asked for. */
export type Item = FileItem | Exclude<Change, SettingChange | LineChange | FileChange>

/** The state of a file the plan will touch; a plan is refused when it no longer fits. */
export interface TouchedFile {
  readonly path: string
  /** SHA-256 in hex of the content, or `absent`, or `exists` where content was not looked at */
  readonly digest: string
}

/** A rule whose fix was refused or left out, with the reason; it stays open. `keys`: only these problems of it do. */
export interface LeftOpen {
  readonly rule: RuleId
  readonly because: Text
  readonly keys?: readonly string[]
}

export interface Plan {
  readonly schema: 'riegel.plan/1'
  readonly riegel: string
  readonly target: string
  readonly choices: Choices
  readonly steps: readonly Step[]
  readonly items: readonly Item[]
  readonly files: readonly TouchedFile[]
  readonly leftOpen: readonly LeftOpen[]
  readonly dangers: readonly Danger[]
  /** sshd's ports before and after */
  readonly ports: { readonly before: readonly number[]; readonly after: readonly number[] }
  /** ssh's own unit, e.g. `ssh.service` */
  readonly unit: string
  /** the socket unit that holds its ports; absent where sshd opens them itself */
  readonly socket?: string
  readonly digest: string
}
