import type { SudoFacts, SudoRule } from './facts.js'

type Answer = SudoFacts['accounts'][string]

interface Command {
  readonly not: boolean
  readonly words: string
  readonly free: boolean
  /** only for a while, or behind a chroot */
  readonly bound: boolean
}

/** `(ALL : ALL)`, `(root)`, `(#0)`, `(anna, root)`; not `(ALL, !root)`, and not a group alone. */
const asRoot = ({ runAs }: SudoRule): boolean => {
  const users = (runAs.split(':')[0] ?? '').split(',').map(user => user.trim())
  return (
    users.some(user => ['ALL', 'root', '#0'].includes(user)) && !users.some(user => ['!root', '!#0'].includes(user))
  )
}

/**
 * The commands an account may run as root, in their order; a tag holds until another one of its kind comes, and wins over
 * what Defaults say.
 */
const commandsOf = ({ rules, defaults }: Answer): Command[] =>
  rules.filter(asRoot).flatMap(rule => {
    const asks = rule.tags.includes('PASSWD')
    let free = rule.tags.includes('NOPASSWD') || (!asks && defaults.includes('!authenticate'))
    const bound = rule.tags.some(tag => /^(CHROOT|NOTBEFORE|NOTAFTER)=/.test(tag))
    return rule.commands.split(/(?<!\\),\s*/).map((part): Command => {
      const [, tags = '', not, words = ''] =
        /^(?:[A-Z_]+=\S+\s+)*((?:[A-Z_]+:\s*)*)(!?)\s*(.*)$/.exec(part.trim()) ?? []
      if (/\bNOPASSWD:/.test(tags)) free = true
      else if (/\bPASSWD:/.test(tags)) free = false
      return { not: not === '!', words, free, bound }
    })
  })

/** May it run everything as root? An exception makes it less than everything, until a later rule says ALL again. */
export const runsEverything = (answer: Answer | undefined): 'no' | 'password' | 'nopasswd' => {
  let found: 'no' | 'password' | 'nopasswd' = 'no'
  for (const { not, words, free, bound } of answer ? commandsOf(answer) : [])
    if (not || (bound && words === 'ALL')) found = 'no'
    else if (words === 'ALL') found = free ? 'nopasswd' : 'password'
  return found
}

/** Was sudo asked about this account? Where it is not installed there is nobody to ask. */
export const wasAsked = ({ installed, accounts }: SudoFacts, name: string): boolean =>
  !installed || Object.hasOwn(accounts, name)

const shells =
  /\/(ba|da|z|k|mk|c|tc|fi|rba)?sh$|\/(su|sudo|env|busybox|chroot|nsenter|unshare|systemd-run|screen|tmux)$/

/** A program that gives a shell, and nothing that keeps it from doing so; `""` stands for "without arguments". */
const opensShell = (words: string): boolean => {
  const [program = '', ...rest] = words.split(/\s+/)
  return shells.test(program) && rest.every(word => /^(""|\*|-|-[lis]|--login|root)$/.test(word))
}

/** Does sudo give this account a shell of root's without asking? The last word about a command counts. */
export const opensShellFree = (answer: Answer | undefined): boolean => {
  let everything = false
  let some = new Map<string, boolean>()
  for (const { not, words, free } of answer ? commandsOf(answer) : []) {
    if (words === 'ALL') {
      everything = !not && free
      some = new Map()
    } else if (!not && opensShell(words)) some.set(words, free)
    else if (not) some.delete(words)
  }
  return everything || [...some.values()].includes(true)
}

/** Does su let a member of these groups through (pam_wheel trust)? */
export const suTrusts = ({ suTrustGroup: group }: SudoFacts, groups: readonly string[]): boolean =>
  group !== null && (group === '' ? ['wheel', 'root'] : [group]).some(one => groups.includes(one))
