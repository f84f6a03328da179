import type { Change } from './change.js'
import { isDropIn } from './drop-in.js'
import type { PamFacts, SeenSections } from './facts.js'
import { value, words } from './logins.js'
import { asksForCode, isPasswordModule, letsIn, type PamModule, parseStack } from './pam-stack.js'
import type { Problem } from './rule.js'
import { exceptedIn, pamFile, requireMethods } from './second-factor.js'
import { type Text, text } from './text.js'

/** How a second factor that is there is made one that cannot be gone around; and what is left to a person. */

const byHand = (de: string, en: string): { readonly refuse: Text } => ({
  refuse: text(`${de}: von Hand`, `${en}: by hand`),
})

const moduleOf = (line: string): PamModule | undefined =>
  parseStack([line.replace(/^\s*(-?)auth\s+/i, '$1')]).modules[0]

/** A line of /etc/pam.d/sshd as it has to be: the code is demanded of everybody, and nothing else does instead. */
const tightened = (line: string): string => {
  if (/^\s*@include\s+common-auth\s*$/.test(line)) return `#riegel ${line}`
  if (!/^\s*-?auth\s/i.test(line)) return line
  const one = moduleOf(line)
  if (one === undefined) return line
  if (asksForCode(one)) {
    const args = one.args.filter(word => word !== 'nullok' && !word.startsWith('grace_period='))
    return ['auth required', one.module, ...args].join(' ')
  }
  return isPasswordModule(one) ? `#riegel ${line}` : line
}

/** /etc/pam.d/sshd with the code demanded; refused where PAM would still be content with less, or with nothing. */
const pamDemanding = (
  { sshd }: PamFacts,
  installed: readonly string[],
): { readonly content: string } | { refuse: Text } => {
  const before = sshd.filter(line => /^\s*-?auth\s/i.test(line))
  const modules = before.flatMap(line => moduleOf(line) ?? [])
  // a line that goes on in the next, two modules of which one would do, a word that another one asks for, a directory
  const strange =
    before.find(line => /\\\s*$/.test(line)) ??
    (modules.filter(asksForCode).length > 1 ? 'auth' : undefined) ??
    before.find(line => /\b(use|try)_first_pass\b/.test(line) && /google_authenticator|oath/.test(line)) ??
    modules.find(one => isPasswordModule(one) && one.module !== 'pam_unix.so')?.module
  if (strange !== undefined) return byHand(`${pamFile} (${strange.trim()})`, `${pamFile} (${strange.trim()})`)
  const lines = sshd.map(tightened)
  const auth = lines.filter(line => /^\s*-?auth\s/i.test(line))
  const others = lines.filter(line =>
    /^\s*@include\s+(?!common-(account|session|session-noninteractive|password)\s*$)/.test(line),
  )
  const [odd] = [...others, ...auth.filter(line => /^\s*-?auth\s+(include|substack)\s|\\$/i.test(line))]
  if (odd !== undefined) return byHand(`${pamFile} (${odd.trim()})`, `${pamFile} (${odd.trim()})`)
  const stack = parseStack(auth.map(line => line.replace(/^\s*(-?)auth\s+/i, '$1')))
  const lets = (password: boolean, code: boolean, enrolled: boolean) =>
    letsIn(stack, { password, code, enrolled }, installed) !== null
  if (lets(true, false, true) || lets(true, false, false) || !lets(false, true, true)) return byHand(pamFile, pamFile)
  return { content: `${lines.join('\n')}\n` }
}

/**
 * The changes that close what second-factor/bypassed found, by the keys of its problems. Whoever has no code is told of by
 * a doubt, and what was left out on purpose stays.
 */
export const closeBypasses = (
  { sshd, pam, effective, secondFactor }: SeenSections<'sshd' | 'pam' | 'effective' | 'secondFactor'>,
  problems: readonly Problem[],
): readonly Change[] | { readonly refuse: Text } => {
  const excepted = exceptedIn(sshd.files)
  const names = problems.map(({ key }) => key).filter(key => !['pam', 'UsePAM'].includes(key))
  const meant = names.filter(name => excepted.includes(name))
  if (meant.length > 0)
    return {
      refuse: text(`ausgenommen mit --except: ${meant.join(', ')}`, `left out by --except: ${meant.join(', ')}`),
    }
  const coded =
    parseStack(secondFactor.auth).modules.some(asksForCode) ||
    effective.views.some(view =>
      words(view, 'authenticationmethods').some(list => list.includes('keyboard-interactive')),
    )
  // where the second factor is a security key there is no code that could be asked of others
  if (!coded)
    return {
      refuse: text(
        `jedes Konto für sich: riegel second-factor (${names.join(', ')})`,
        `each account by itself: riegel second-factor (${names.join(', ')})`,
      ),
    }
  const content = problems.some(({ where }) => where?.file === pamFile) ? pamDemanding(pam, secondFactor.modules) : null
  if (content && 'refuse' in content) return content
  const others = sshd.files.filter(file => !isDropIn(file.path))
  const byKey = effective.views.every(view =>
    words(view, 'authenticationmethods').every(list => list.split(',').includes('publickey')),
  )
  const off = effective.views.some(view => value(view, 'usepam') !== 'yes')
  return [
    ...(off ? [{ kind: 'setting', stage: 'open', keyword: 'UsePAM', values: ['yes'] } as const] : []),
    ...(content
      ? [{ kind: 'file', stage: 'close', path: pamFile, mode: 0o644, content: content.content } as const]
      : []),
    // a password that PAM no longer asks for was a factor too where no key was asked for
    ...(names.length > 0 || off || (content && !byKey) ? requireMethods(sshd.release, others) : []),
  ]
}
