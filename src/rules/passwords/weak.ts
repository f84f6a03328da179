import { roughly, weakBelow, whose } from '../../model/passwords.js'
import { judge, notApplicable, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'passwords/weak',
  severity: 'high',
  title: text('Kein Passwort ist leicht zu erraten', 'No password is easily guessed'),
  problem: text('{who} ist nach etwa {guesses} Versuchen erraten.', '{who} is guessed after about {guesses} tries.'),
  why: text(
    'Wer die Hashes eines Dienstes erbeutet, probiert viele Milliarden Passwörter in der Sekunde: Wörter, Namen, Daten und Tastenfolgen zuerst.',
    'Whoever gets hold of the hashes of a service tries many billion passwords a second: words, names, dates and keyboard walks first.',
  ),
  looksAt: text(
    'wie viele Versuche ein Passwort übersteht, gegen deutsche und englische Wörter, Namen, bekannte Passwörter, Daten, Tastenfolgen (auch QWERTZ) und das, was im Eintrag steht; schwach sind weniger als 10^12',
    'how many tries a password withstands, against German and English words, names, known passwords, dates, keyboard walks (QWERTZ too) and what stands in its entry; weak is less than 10^12',
  ),
  references: ['NIST SP 800-63B-4 3.1.1.2', 'BSI ORP.4.A22', 'zxcvbn (USENIX Security 2016)'],
  needs: ['passwords'],

  evaluate({ passwords }) {
    const judged = passwords.flatMap(one => (one.guesses === null ? [] : [{ one, guesses: one.guesses }]))
    if (judged.length === 0) return notApplicable(text('kein Passwort zu beurteilen', 'no password to judge'))
    return judge(
      judged
        .filter(({ guesses }) => guesses < weakBelow)
        .sort((a, b) => a.guesses - b.guesses)
        .map(({ one, guesses }): Problem => ({ key: one.key, values: { who: whose(one), guesses: roughly(guesses) } })),
    )
  },

  guide: 'weak-password',
})
