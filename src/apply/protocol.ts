import type { OutcomeState } from '../model/report.js'

/**
 * The protocol of transaction.md as a table: what the generated shell, transaction.ts and the model that is searched in
 * protocol.test.ts have in common. A word that is changed here is changed in all three.
 */

/** The life of a transaction is the name of one file in its directory, in the order in which a life can go. */
export const states = ['staged', 'armed', 'undoing', 'confirming', 'confirmed', 'rolled-back', 'stuck'] as const
export type State = (typeof states)[number]
/** No such file, or no such directory: never begun, or gone without a trace. */
export type Seen = State | 'none'

/** How far it is while armed: what stands in the file `stage`. */
export const stages = ['armed', 'widened', 'proven', 'narrowed', 'proven-again'] as const
export type ArmedStage = (typeof stages)[number]

/** What goes forward while armed: the only stage at which it may begin, and the one it ends in. */
export const steps = {
  open: { from: 'armed', to: 'armed' },
  trial: { from: 'armed', to: 'armed' },
  ports: { from: 'armed', to: 'widened' },
  proven: { from: 'widened', to: 'proven' },
  close: { from: 'proven', to: 'narrowed' },
  'proven-again': { from: 'narrowed', to: 'proven-again' },
} as const satisfies Readonly<Record<string, { readonly from: ArmedStage; readonly to: ArmedStage }>>
export type StepName = keyof typeof steps

/** What the client does one after the other; a proof is a fresh login over the way that will be relied on. */
export const order = [
  'stage',
  'arm',
  'open',
  'trial',
  'trial-proof',
  'trial-stop',
  'ports',
  'proof',
  'proven',
  'close',
  'proof-again',
  'proven-again',
  'confirm',
  'read',
] as const
export type Act = (typeof order)[number]

/** The renames. Only one of two that begin with the same file can succeed: that decides. */
export const renames = {
  arm: { from: 'staged', to: 'armed' },
  /** the guard did not start, so nothing was touched */
  disarm: { from: 'armed', to: 'staged' },
  undo: { from: 'armed', to: 'undoing' },
  confirm: { from: 'armed', to: 'confirming' },
  'end-confirm': { from: 'confirming', to: 'confirmed' },
  'end-undo': { from: 'undoing', to: 'rolled-back' },
  'give-up': { from: 'undoing', to: 'stuck' },
  /** on a person's word */
  'undo-late': { from: 'confirmed', to: 'undoing' },
  'undo-again': { from: 'stuck', to: 'undoing' },
} as const satisfies Readonly<Record<string, { readonly from: State; readonly to: State }>>
export type Rename = keyof typeof renames

/** Who runs undo.sh: a person on the server, the client, the guard, its half before sshd and what follows on that; late: Riegel, asked by a person. */
export const modes = ['hand', 'client', 'guard', 'boot', 'finish', 'late'] as const
export type Mode = (typeof modes)[number]

export interface Begin {
  /** the rename it begins with; what lost the race looks again */
  readonly rename?: Rename
  readonly does: 'take-back' | 'confirmed' | 'leave'
}

/** How undo.sh begins at each state it may find. */
export const undoBegins: Readonly<Record<Seen, (mode: Mode) => Begin>> = {
  none: () => ({ does: 'leave' }),
  staged: () => ({ does: 'leave' }),
  armed: () => ({ rename: 'undo', does: 'take-back' }),
  undoing: () => ({ does: 'take-back' }),
  confirming: () => ({ rename: 'end-confirm', does: 'confirmed' }),
  // confirmed is confirmed: only a person, or Riegel asked by one, takes that back
  confirmed: mode =>
    mode === 'hand' || mode === 'late' ? { rename: 'undo-late', does: 'take-back' } : { does: 'leave' },
  'rolled-back': () => ({ does: 'leave' }),
  // whoever runs it again by hand has looked; the guard does not, it has ended by then
  stuck: () => ({ rename: 'undo-again', does: 'take-back' }),
}

/** What the guard does: booted anew before sshd, then once sshd is there, and else while it watches. */
export const guard: Readonly<{
  boot: Readonly<Record<Seen, 'undo' | 'end-confirm' | 'clean' | 'nothing'>>
  afterBoot: Readonly<Record<Seen, 'finish' | 'watch'>>
  /**
   * `lease`: undo when it is over; `patience`: go on with what somebody else began and did not end in time; `clean`:
   * remove the guard's own unit, for as long as that takes, and leave
   */
  watch: Readonly<Record<Seen, 'lease' | 'patience' | 'clean' | 'leave'>>
}> = {
  boot: {
    none: 'nothing',
    // arming was cut off before it held: nothing was changed, and nothing of it stays
    staged: 'clean',
    armed: 'undo',
    undoing: 'undo',
    confirming: 'end-confirm',
    confirmed: 'clean',
    'rolled-back': 'clean',
    stuck: 'nothing',
  },
  afterBoot: {
    none: 'watch',
    staged: 'watch',
    armed: 'finish',
    undoing: 'finish',
    confirming: 'watch',
    confirmed: 'watch',
    'rolled-back': 'watch',
    stuck: 'watch',
  },
  watch: {
    none: 'leave',
    staged: 'leave',
    armed: 'lease',
    undoing: 'patience',
    confirming: 'patience',
    confirmed: 'clean',
    'rolled-back': 'clean',
    stuck: 'leave',
  },
}

/** What may be told for a state that was read: at the end of the work, and where only the outcome is looked for (null: look again). */
export const tells: Readonly<Record<Seen, { readonly ended: OutcomeState; readonly afterLoss: OutcomeState | null }>> =
  {
    // nothing was armed, so nothing was touched
    none: { ended: 'unknown', afterLoss: 'refused' },
    // an arming that was asked for before the connection broke may still come
    staged: { ended: 'unknown', afterLoss: null },
    armed: { ended: 'unknown', afterLoss: null },
    undoing: { ended: 'unknown', afterLoss: null },
    confirming: { ended: 'unknown', afterLoss: null },
    confirmed: { ended: 'confirmed', afterLoss: 'confirmed' },
    'rolled-back': { ended: 'rolled-back', afterLoss: 'rolled-back' },
    stuck: { ended: 'stuck', afterLoss: 'stuck' },
  }

/** First word of what `reading` printed; null where it is none of the words it prints. */
export const seenIn = (output: string): Seen | null => {
  const word = output.trim().split('\n')[0]?.split(' ')[0]
  return word === 'none' ? word : (states.find(state => state === word) ?? null)
}
