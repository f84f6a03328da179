/**
 * The way of the data, in order; each step is a file in riegel/ that composes rooms and holds no rule, no shell and no
 * words of its own beyond saying what went wrong between two rooms. The command line imports the files, not this list:
 * what a command does not need is not loaded with it.
 */

// apply: the guarded transaction, what comes after it, and the same look once more
export * from './riegel/carry-out.js'
// reach: this machine, or a server over the system's ssh
export * from './riegel/dial.js'
// look and judge: facts, findings, report
export * from './riegel/look.js'
// plan: findings and choices to steps, doubts considered, digests taken
export * from './riegel/planning.js'
export * from './riegel/reach.js'
export * from './riegel/survey.js'
// take back: what was done here, and the way it was before
export * from './riegel/take-back.js'
