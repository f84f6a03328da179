import type { AccountFacts, LoginKeyFacts } from './facts.js'
import { hasValue } from './key-options.js'

/**
 * Is this account a person's, as far as can be seen? One of the system's own, one without an ordinary shell, or with a key
 * that is bound to a command belongs to a service or a job (git, postgres, backup): locked, it takes that with it.
 */
export const isPersonal = ({ name, uid, shell }: AccountFacts, { keys }: LoginKeyFacts): boolean =>
  uid >= 1000 &&
  /(^|\/)(ba|da|a|z|k|mk|c|tc|fi)?sh$/.test(shell) &&
  !keys.some(key => key.account === name && hasValue(key.options, 'command'))
