import type { PasswordPolicyFacts } from '../../model/facts.js'
import { glance, value } from '../../model/logins.js'
import { asksForPassword } from '../../model/pam-stack.js'
import { judge, notApplicable, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** NIST SP 800-63B-4 3.1.1.2, where the password is the only factor. */
const wanted = 15

/** What it returns where a password is refused (pam_pwquality(8)). */
const refusals = ['default', 'authtok_err', 'maxtries']

/** Does the stack refuse what this line's module refuses? A module that is optional only grumbles. */
const binds = (line: string): boolean => {
  const listed = /^-?\[([^\]]*)\]/.exec(line)?.[1]
  if (listed === undefined) return /^-?(required|requisite) /i.test(line)
  const actions = new Map(
    [...listed.toLowerCase().matchAll(/(\w+) *= *(\w+)/g)].map(([, code, action]) => [code, action]),
  )
  return actions.has('default') && refusals.every(code => ['bad', 'die', undefined].includes(actions.get(code)))
}

/** Its arguments where a module is in the stack: by name, a bare word as empty. */
const argumentsOf = (
  pam: readonly string[],
  module: string,
  counts = (_line: string) => true,
): ReadonlyMap<string, string> | null => {
  const line = pam.find(one => counts(one) && one.split(' ').some(word => word.replace(/.*\//, '') === `${module}.so`))
  if (line === undefined) return null
  const words = line
    .slice(line.indexOf(`${module}.so`))
    .split(' ')
    .slice(1)
  return new Map(words.map(word => [word.replace(/=.*/, ''), word.includes('=') ? word.replace(/^[^=]*=/, '') : '']))
}

const number = (word: string | undefined): number | null => (/^-?\d+$/.test(word ?? '') ? Number(word) : null)

/** Kinds of characters for which a password may be shorter, where the module was told so. */
const credits = ['dcredit', 'ucredit', 'lcredit', 'ocredit']

/** The shortest new password that the whole stack lets pass; null where nothing in it says a length. */
const shortest = ({ pam, pwquality }: PasswordPolicyFacts): number | null => {
  const least: number[] = []
  const unix = argumentsOf(pam, 'pam_unix')
  if (unix) least.push(number(unix.get('minlen')) ?? 6)
  // of settings that stand twice the milder: which file is read last differs between versions
  const set = (name: string) => pwquality.filter(one => one.name === name).flatMap(one => number(one.value) ?? [])
  const counted = (own: ReadonlyMap<string, string>, length: number, credit: number, files: boolean) => {
    const given = credits.map(name => number(own.get(name)) ?? (files ? Math.max(credit, ...set(name)) : credit))
    least.push(length - given.reduce((sum, one) => sum + Math.max(0, one), 0))
  }
  const quality = argumentsOf(pam, 'pam_pwquality', binds)
  // told not to enforce, it warns; its own arguments outrank the files
  if (quality && (number(quality.get('enforcing')) ?? Math.min(1, ...set('enforcing'))) !== 0)
    counted(
      quality,
      number(quality.get('minlen')) ?? (set('minlen').length > 0 ? Math.min(...set('minlen')) : 8),
      0,
      true,
    )
  const cracklib = argumentsOf(pam, 'pam_cracklib', binds)
  if (cracklib) counted(cracklib, number(cracklib.get('minlen')) ?? 9, 1, false)
  const passwdqc = argumentsOf(pam, 'pam_passwdqc', binds)
  if (passwdqc && passwdqc.get('enforce') !== 'none') {
    const lengths = (passwdqc.get('min') ?? 'disabled,24,11,8,7').split(',').flatMap(word => number(word) ?? [])
    if (lengths.length > 0) least.push(Math.min(...lengths))
  }
  return least.length === 0 ? null : Math.max(...least)
}

export default rule({
  id: 'passwords/lax-policy',
  severity: 'low',
  title: text('Neue Passwörter müssen lang sein', 'New passwords must be long'),
  problem: text(
    'Neue Passwörter dürfen {length} Zeichen kurz sein, und mit ihnen meldet man sich an.',
    'New passwords may be as short as {length} characters, and one logs in with them.',
  ),
  why: text(
    'Wer sich mit einem Passwort anmelden darf, wählt früher oder später ein kurzes, und kurze werden erraten. Länge hilft; vorgeschriebene Sonderzeichen und ein Wechsel alle 90 Tage helfen nicht.',
    'Whoever may log in with a password will choose a short one sooner or later, and short ones are guessed. Length helps; required signs and a change every 90 days do not.',
  ),
  looksAt: text(
    `welche Länge PAM für neue Passwörter verlangt (pam_pwquality, pam_unix minlen), sofern sich über SSH jemand mit Passwort anmelden kann; mindestens ${wanted}`,
    `what length PAM asks of new passwords (pam_pwquality, pam_unix minlen), where somebody can log in with a password over SSH; at least ${wanted}`,
  ),
  references: ['NIST SP 800-63B-4 3.1.1.2', 'pam_pwquality(8)', 'pam_unix(8)', 'CIS Debian 12 5.3.3.2'],
  needs: ['passwordPolicy', 'effective'],

  evaluate(facts) {
    const { passwordPolicy, effective } = facts
    const policy = glance(facts, 'secondFactor')
    const ways = [
      'passwordauthentication',
      ...(policy && !asksForPassword(policy) ? [] : ['kbdinteractiveauthentication']),
    ]
    if (!effective.views.some(view => ways.some(keyword => value(view, keyword) === 'yes')))
      return notApplicable(
        text('über SSH meldet sich niemand mit Passwort an', 'nobody logs in with a password over SSH'),
      )
    const length = shortest(passwordPolicy)
    if (length === null)
      return unknown(text('PAM nennt hier keine Länge (pam.d/passwd)', 'PAM says no length here (pam.d/passwd)'))
    return judge(length >= wanted ? [] : [{ key: 'length', values: { length: Math.max(1, length) } }])
  },

  guide: 'password-policy',
})
