// What a row of the table beside the script says, and what is bad about it.

export const programs = ['script', 'script with rollback', 'riegel'] as const
export type Program = (typeof programs)[number]

export const troubles = [
  'none',
  'session lost',
  'reboot in the window',
  'port blocked outside',
  'port blocked, session lost',
  'port blocked, reboot',
  'cloud-init drop-in',
  'Match with passwords',
] as const
export type Trouble = (typeof troubles)[number]

export type Way = 'old' | 'new' | 'no'

export interface Row {
  readonly program: Program
  readonly trouble: Trouble
  readonly told: 'success' | 'failure' | 'nothing'
  /** how the owner gets in and becomes root, with the trouble still there */
  readonly way: Way
  readonly afterReboot: Way
  /** accounts that are offered passwords on the wire; deploy really got in with one */
  readonly passwords: readonly string[]
  /** root gets in by key */
  readonly rootIn: boolean
  /** what stands on the host although it was not kept */
  readonly left: readonly string[]
}

export const lockedOut = (row: Row): boolean => row.way === 'no' || row.afterReboot === 'no'
/** Success was told, and somebody who should be out gets in, or the owner does not. */
export const falseSuccess = (row: Row): boolean =>
  row.told === 'success' && (lockedOut(row) || row.passwords.length > 0 || row.rootIn)
