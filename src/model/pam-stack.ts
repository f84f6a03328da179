import type { SecondFactorFacts } from './facts.js'

/** What PAM's auth phase makes of a login: pam.d(5) as a small machine, for the modules that a server's door has. */

export interface PamModule {
  readonly control: string
  readonly module: string
  readonly args: readonly string[]
  /** the line began with `-`: a module that is missing does not count */
  readonly dash: boolean
}

/** A module, or a substack, which counts as one. */
type Element = PamModule | { readonly substack: readonly Element[] }

export interface PamStack {
  readonly elements: readonly Element[]
  /** every module in its order, substacks included */
  readonly modules: readonly PamModule[]
  /** an include that leads nowhere: PAM refuses all logins then, or this was read wrong */
  readonly missing: string | null
}

/** Further nested than anybody writes, and than a look follows. */
const deepest = 6

/** The lines as `SecondFactorFacts.auth` has them. */
export const parseStack = (lines: readonly string[]): PamStack => {
  const open: Element[][] = [[]]
  const modules: PamModule[] = []
  let missing: string | null = null
  for (const line of lines) {
    const top = open.at(-1)!
    if (line.startsWith('missing ')) missing ??= line.slice('missing '.length)
    else if (line.startsWith('substack ') && open.length > deepest) missing ??= line
    else if (line.startsWith('substack ')) {
      const inner: Element[] = []
      top.push({ substack: inner })
      open.push(inner)
    } else if (line === 'end substack') {
      if (open.length > 1) open.pop()
    } else {
      const found = /^(-?)(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)$/.exec(line)
      if (!found) continue
      const [, dash, control = '', path = '', args = ''] = found
      const one = {
        control,
        module: path.slice(path.lastIndexOf('/') + 1),
        args: args.split(/\s+/).filter(word => word !== ''),
        dash: dash === '-',
      }
      top.push(one)
      modules.push(one)
    }
  }
  return { elements: open[0]!, modules, missing }
}

const codeModules = ['pam_google_authenticator.so', 'pam_oath.so']
export const asksForCode = ({ module }: PamModule): boolean => codeModules.includes(module)

/** They ask for the account's password, wherever it is kept. */
const passwordModules =
  /^pam_(unix|unix2|unix_auth|pwdb|sss|ldap|krb5|winbind|systemd_home|userdb|pwdfile|mysql|pgsql|tcb|extrausers)\.so$/
export const isPasswordModule = ({ module }: PamModule): boolean => passwordModules.test(module)

/** They ask for something else that one has: whoever lacks it is refused. */
const otherFactors = /^pam_(u2f|duo|yubico|radius_auth|privacyidea|p11|pkcs11|ssh_agent_auth|fprintd|otpw|okta)\.so$/
/**
 * Those that wave through whom they do not know, or everybody while their own server is away: by an option, or by a file
 * of theirs that nobody reads here.
 */
export const mayWaveThrough = ({ module, args }: PamModule): boolean =>
  /^pam_(duo|privacyidea|okta)\.so$/.test(module) ||
  (otherFactors.test(module) && args.some(word => /^(nouserok|nullok|alwaysok|localifdown|card_only)$/.test(word)))
/** They prepare something and have no say. */
const neutral = /^pam_(env|group|faildelay|motd|mail|keyinit|selinux|cap|lastlog|nologin|umask|limits)\.so$/

/** Who tries: what they know, and whether the account has a secret for codes. */
export interface Attempt {
  readonly password: boolean
  readonly code: boolean
  readonly enrolled: boolean
  /** what may wave through does so; else it asks */
  readonly waved?: boolean
}

type Result = 'success' | 'ignore' | 'auth_err' | 'user_unknown'

/** Is a login remembered, so that the next needs no code for some time (pam_google_authenticator(8))? */
export const hasGrace = ({ args }: PamModule): boolean => args.some(word => /^grace_period=0*[1-9]/.test(word))

/** What a module may answer; what nobody here knows may answer anything. */
const resultsOf = (one: PamModule, attempt: Attempt, installed: readonly string[]): readonly Result[] => {
  const { module, args, dash } = one
  if (asksForCode(one)) {
    if (!installed.includes(module)) return [dash ? 'ignore' : 'auth_err']
    // within its time it asks nobody twice who comes from the same address
    if (attempt.enrolled) return attempt.code ? ['success'] : hasGrace(one) ? ['success', 'auth_err'] : ['auth_err']
    if (module === 'pam_oath.so') return ['user_unknown']
    return args.includes('nullok') ? ['ignore'] : ['auth_err']
  }
  if (module === 'pam_permit.so') return ['success']
  if (attempt.waved && mayWaveThrough(one)) return ['success', 'ignore', 'auth_err']
  if (module === 'pam_deny.so' || otherFactors.test(module)) return ['auth_err']
  if (passwordModules.test(module)) return [attempt.password ? 'success' : 'auth_err']
  if (neutral.test(module)) return ['ignore']
  if (module === 'pam_faillock.so')
    return args.includes('authfail') ? ['auth_err'] : args.includes('preauth') ? ['ignore', 'success'] : ['success']
  return ['success', 'ignore', 'auth_err']
}

const words: Readonly<Record<string, Readonly<Partial<Record<Result | 'default', string>>>>> = {
  required: { success: 'ok', ignore: 'ignore', default: 'bad' },
  requisite: { success: 'ok', ignore: 'ignore', default: 'die' },
  sufficient: { success: 'done', default: 'ignore' },
  optional: { success: 'ok', default: 'ignore' },
}

const actionOf = (control: string, result: Result): string => {
  const named = words[control.toLowerCase()]
  if (named) return named[result] ?? named.default!
  const pairs = new Map(
    control
      .replace(/^\[|\]$/g, '')
      .split(/\s+/)
      .map(pair => pair.toLowerCase().split('=') as [string, string]),
  )
  return pairs.get(result) ?? pairs.get('default') ?? 'bad'
}

/** What is thought of the login so far, and the modules that were for it. */
interface State {
  /** `answered`: it has an answer that is no yes, which only a reset takes back */
  readonly mind: 'none' | 'for' | 'answered' | 'against'
  readonly by: readonly string[]
}

/** All states that a stack can end in. Each place is visited once with each mind, so that no stack takes long. */
const run = (
  elements: readonly Element[],
  start: State,
  results: (one: PamModule) => readonly Result[],
): readonly State[] => {
  const ends = new Map<State['mind'], State>()
  const visited = new Set<string>()
  const visit = (at: number, state: State): void => {
    const element = elements[at]
    if (element === undefined) {
      if (!ends.has(state.mind)) ends.set(state.mind, state)
      return
    }
    if (visited.has(`${at} ${state.mind}`)) return
    visited.add(`${at} ${state.mind}`)
    if ('substack' in element) {
      for (const end of run(element.substack, state, results)) visit(at + 1, end)
      return
    }
    for (const result of results(element)) {
      const action = actionOf(element.control, result)
      // whatever it answers, ok makes it the stack's answer; only success lets in
      const agreed: State =
        state.mind === 'against' || state.mind === 'answered'
          ? state
          : result === 'success'
            ? { mind: 'for', by: [...state.by, element.module] }
            : { ...state, mind: 'answered' }
      if (action === 'ok') visit(at + 1, agreed)
      else if (action === 'done') visit(agreed.mind === 'against' ? at + 1 : elements.length, agreed)
      else if (action === 'bad') visit(at + 1, { ...state, mind: 'against' })
      else if (action === 'die') visit(elements.length, { ...state, mind: 'against' })
      else if (action === 'reset') visit(at + 1, start)
      else {
        const jump = /^\d+$/.test(action) ? Number(action) : 0
        // further than there are modules: PAM refuses
        if (at + 1 + jump > elements.length) visit(elements.length, { ...state, mind: 'against' })
        else visit(at + 1 + jump, state)
      }
    }
  }
  visit(0, start)
  return [...ends.values()]
}

/** Can somebody get past PAM only with a password, or with one instead of a code? Whoever has a code set up is meant. */
export const asksForPassword = ({ auth, modules }: SecondFactorFacts): boolean => {
  const stack = parseStack(auth)
  const lets = (password: boolean, code: boolean) => letsIn(stack, { password, code, enrolled: true }, modules) !== null
  return stack.missing !== null || lets(true, false) || !lets(false, true)
}

/** Does PAM let somebody in with so little? Gives the modules that spoke for it, or null. `installed`: of the code modules. */
export const letsIn = (
  { elements }: PamStack,
  attempt: Attempt,
  installed: readonly string[],
): readonly string[] | null =>
  run(elements, { mind: 'none', by: [] }, one => resultsOf(one, attempt, installed)).find(({ mind }) => mind === 'for')
    ?.by ?? null
