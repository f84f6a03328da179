/** Where a look or a change goes: this machine, or a server over the system's ssh. */

export { askpassEnvironment, forgetAnswers } from '../target/askpass.js'
export { bootstrap } from '../target/dial.js'
export { openLocal } from '../target/local.js'
export type { Sudo } from '../target/proof.js'
export { parsePlace } from '../target/reach.js'
export { type SecurityKey, Server, type SshTalk } from '../target/ssh.js'
