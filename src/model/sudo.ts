import type { AccountFacts, SudoFacts, SudoRule } from './facts.js'

type Answer = SudoFacts['accounts'][string]

interface Command {
  readonly not: boolean
  readonly words: string
  readonly free: boolean
  /** only for a while, or behind a chroot */
  readonly bound: boolean
}

/** `(ALL : ALL)`, `(root)`, `(#0)`, `(anna, root)`, `(%root)`; not `(ALL, !root)`, and not a group to run in alone. */
const asRoot = ({ runAs }: SudoRule): boolean => {
  const users = (runAs.split(':')[0] ?? '').split(',').map(user => user.trim())
  return (
    users.some(user => ['ALL', 'root', '#0', '%root', '%#0'].includes(user)) &&
    !users.some(user => ['!root', '!#0'].includes(user))
  )
}

/** What is a shell, or turns into one when nothing keeps it from doing so. */
const shells =
  /^((ba|da|a|z|k|mk|c|tc|fi|rba|pw)?sh|su|sudo|env|busybox|chroot|nsenter|unshare|systemd-run|runuser|screen|tmux|script|python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|node|tclsh[\d.]*|expect|gdb)$/

/** What has a shell behind a keystroke, whatever it is opened with. */
const editors = /^(vi|vim(\.\w+)?|view|vimdiff|nvim|ex|ed|emacs|nano|pico|joe|mc|mcedit|less|more|most|man)$/

/** What runs, or writes where it is told, anything at all, for whoever chooses its arguments. */
const tools =
  /^(sudoedit|visudo|docker|podman|nerdctl|ctr|lxc|incus|kubectl|virsh|machinectl|systemctl|service|apt|apt-get|aptitude|dpkg|dnf|yum|rpm|snap|pip[\d.]*|npm|gem|git|make|ansible(-playbook)?|ssh|scp|rsync|tar|find|xargs|[gmn]?awk|sed|tee|dd|cp|mv|ln|install|chmod|chown|mount|useradd|usermod|gpasswd|passwd|chpasswd|crontab|at|nice|ionice|timeout|time|nohup|setsid|stdbuf|flock|watch|strace|taskset|start-stop-daemon|setpriv|capsh|run-parts|tcpdump|socat|wget|curl|mysql|mariadb|psql|sqlite3)$/

/**
 * Does this command give who runs it a shell? So it does where they choose the program (a folder, a pattern), as good as
 * ever where a pattern lets them write arguments (sudoers(5), Wildcards), else by what the program is; `""` stands for
 * "without arguments".
 */
export const opensShell = (words: string): boolean => {
  const [program = '', ...rest] = words.replace(/^(sha\d+:\S+\s+)+/, '').split(/\s+/)
  if (/^\^|\/$|[*?[]/.test(program) || /\*|\.\+/.test(rest.join(' '))) return true
  const name = program.slice(program.lastIndexOf('/') + 1)
  if (shells.test(name)) return rest.every(word => /^(""|-|-[a-zA-Z]+|--login|root)$/.test(word))
  return editors.test(name) || (rest.length === 0 && tools.test(name))
}

/** Does this word of Defaults ask nobody who becomes root? It may hold for other targets alone, or for some commands. */
const asksNobody = (word: string): boolean => {
  const [, kind, list = ''] = /^Defaults([>!])(.*?)[\s,]!authenticate\b/.exec(word) ?? []
  if (kind === undefined) return word === '!authenticate'
  // among them the settings before it, which are small words too
  const small = /^[a-z_][\w.-]*$/
  const parts = kind === '>' ? list.split(/[,\s]+/) : list.split(/,\s*/)
  return parts.some(
    part => part !== '' && (part.startsWith('/') ? opensShell(part) : part === 'root' || !small.test(part)),
  )
}

/** Is an account in these groups never asked, whatever the rules say? */
export const isExempt = ({ defaults }: Answer, groups: readonly string[]): boolean =>
  defaults.some(word => word.startsWith('exempt_group=') && groups.includes(word.slice('exempt_group='.length)))

/**
 * The commands an account may run as root, in their order; a tag holds until another one of its kind comes, and wins over
 * what Defaults say.
 */
const commandsOf = (answer: Answer, groups: readonly string[]): Command[] => {
  const { rules, defaults } = answer
  const exempt = isExempt(answer, groups)
  return rules.filter(asRoot).flatMap(rule => {
    const asks = rule.tags.includes('PASSWD')
    let free = rule.tags.includes('NOPASSWD') || (!asks && defaults.some(asksNobody))
    const bound = rule.tags.some(tag => /^(CHROOT|NOTBEFORE|NOTAFTER)=/.test(tag))
    return rule.commands.split(/(?<!\\),\s*/).map((part): Command => {
      const [, tags = '', not, words = ''] =
        /^(?:[A-Z_]+=\S+\s+)*((?:[A-Z_]+:\s*)*)(!?)\s*(.*)$/.exec(part.trim()) ?? []
      if (/\bNOPASSWD:/.test(tags)) free = true
      else if (/\bPASSWD:/.test(tags)) free = false
      return { not: not === '!', words, free: free || exempt, bound }
    })
  })
}

/** May it run everything as root? An exception makes it less than everything, until a later rule says ALL again. */
export const runsEverything = (
  answer: Answer | undefined,
  groups: readonly string[],
): 'no' | 'password' | 'nopasswd' => {
  let found: 'no' | 'password' | 'nopasswd' = 'no'
  for (const { not, words, free, bound } of answer ? commandsOf(answer, groups) : [])
    if (not || (bound && words === 'ALL')) found = 'no'
    else if (words === 'ALL') found = free ? 'nopasswd' : 'password'
  return found
}

/** Was sudo asked about this account? Where it is not installed there is nobody to ask. */
export const wasAsked = ({ installed, accounts }: SudoFacts, name: string): boolean =>
  !installed || Object.hasOwn(accounts, name)

/** Does sudo give this account a shell of root's without asking? The last word about a command counts. */
export const opensShellFree = (answer: Answer | undefined, groups: readonly string[]): boolean => {
  let everything = false
  let some = new Map<string, boolean>()
  for (const { not, words, free } of answer ? commandsOf(answer, groups) : []) {
    if (words === 'ALL') {
      everything = !not && free
      some = new Map()
    } else if (!not && opensShell(words)) some.set(words, free)
    else if (not) some.delete(words)
  }
  return everything || [...some.values()].includes(true)
}

/** Does doas let this account become root without a password? */
export const doasFrees = ({ doasNopass }: SudoFacts, { name, uid, gid, groups }: AccountFacts): boolean => {
  const names = [name, `${uid}`, `:${gid}`, ...groups.map(group => `:${group}`)]
  return doasNopass.findLast(who => names.includes(who.replace(/^!/, '')))?.startsWith('!') === false
}

/** Does su let a member of these groups through (pam_wheel trust)? */
export const suTrusts = ({ suTrustGroup: group }: SudoFacts, groups: readonly string[]): boolean =>
  group !== null && (group === '' ? ['wheel', 'root'] : [group]).some(one => groups.includes(one))
