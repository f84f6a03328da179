/**
 * The way of the data, in order; each step is a file in riegel/ that composes rooms and holds no rule, no shell and no
 * words of its own beyond saying what went wrong between two rooms.
 */

// take back: what was done here, and the way it was before
export type { Listed } from './apply/scripts.js'
// plan: findings and choices to steps, doubts considered, digests taken
export { proposePort, wellKnown } from './plan/ports.js'
// apply: the guarded transaction, what comes after it, and the same look once more
export { carryOut, installBefore, waitForCloudInit } from './riegel/carry-out.js'
export { type Drawn, drawPlan } from './riegel/planning.js'

// look and judge: facts, findings, report
export { assess, look, ruleList, type Survey, select, sentToLook, survey, version } from './riegel/survey.js'
export { driftOf, pastOf, takeBack } from './riegel/take-back.js'
// reach: this machine, or a server over the system's ssh
export { parseAddress } from './target/address.js'
export { bootstrap } from './target/frames.js'
export { openLocal } from './target/local.js'
export { askpassEnvironment, type Sudo } from './target/proof.js'
export { parsePlace } from './target/reach.js'
export { Server, type SshTalk } from './target/ssh.js'
