import { whose } from '../../model/passwords.js'
import { judgeUnless, notApplicable, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** How often, with the language's own mark between thousands; once may also mean that the list does not say. */
const often = (count: number) => {
  const words = String(count).replace(/\B(?=(\d{3})+$)/g, '.')
  return count < 2 ? text('', '') : text(`, ${words}-mal`, `, ${words.replaceAll('.', ',')} times`)
}

export default rule({
  id: 'passwords/leaked',
  severity: 'high',
  title: text('Kein Passwort steht in einem bekannten Leak', 'No password is in a known leak'),
  problem: text('{who} steht in bekannten Leaks{often}.', '{who} is in known leaks{often}.'),
  why: text(
    'Geleakte Passwörter stehen in Listen, die überall zuerst probiert werden, auch wenn nicht du es warst, dem es abhandenkam.',
    'Leaked passwords stand in lists that are tried first everywhere, even if it was not you who lost it.',
  ),
  looksAt: text(
    'ob der SHA-1-Hash des Passworts in Pwned Passwords steht: in einer Liste auf deinem Rechner (--leaks) oder beim Dienst, der davon nur die ersten fünf Zeichen erfährt',
    "whether the password's SHA-1 hash is in Pwned Passwords: in a list on your computer (--leaks) or with the service, which learns no more than its first five characters",
  ),
  references: ['NIST SP 800-63B-4 3.1.1.2', 'BSI ORP.4.A22', 'Have I Been Pwned API v3'],
  needs: ['passwords'],

  evaluate({ passwords }) {
    if (passwords.length === 0) return notApplicable(text('kein Passwort zu beurteilen', 'no password to judge'))
    const open = passwords.filter(({ leaked }) => leaked === null).length
    return judgeUnless(
      passwords
        .flatMap(one => (one.leaked === null || one.leaked === 0 ? [] : [{ one, count: one.leaked }]))
        .sort((a, b) => b.count - a.count)
        .map(({ one, count }): Problem => ({ key: one.key, values: { who: whose(one), often: often(count) } })),
      open === 0
        ? null
        : text(
            passwords.length === 1
              ? 'nicht nachgeschlagen, oder ohne eindeutige Antwort'
              : `${open} von ${passwords.length} nicht nachgeschlagen, oder ohne eindeutige Antwort`,
            passwords.length === 1
              ? 'not looked up, or no sure answer'
              : `${open} of ${passwords.length} not looked up, or no sure answer`,
          ),
    )
  },

  guide: 'leaked-password',
})
