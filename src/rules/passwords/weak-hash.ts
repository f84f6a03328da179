import { judgeUnless, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

const weak: Readonly<Record<string, string>> = { des: 'DES', md5: 'MD5', sha1: 'SHA-1' }

export default rule({
  id: 'passwords/weak-hash',
  severity: 'medium',
  title: text('Passwörter liegen nur als starker Hash auf dem Server', 'Passwords are stored as a strong hash only'),
  problem: text(
    'Das Passwort von {key} liegt als schwacher Hash ({scheme}) auf dem Server.',
    'The password of {key} is stored as a weak hash ({scheme}).',
  ),
  why: text(
    'Kommt /etc/shadow in fremde Hände, sind solche Passwörter schnell erraten, schwache in Minuten.',
    'If /etc/shadow gets into the wrong hands, such passwords are guessed soon, weak ones within minutes.',
  ),
  looksAt: text(
    'das Verfahren vor jedem Hash in /etc/shadow; der Hash selbst verlässt den Server nie',
    'the scheme in front of every hash in /etc/shadow; the hash itself never leaves the server',
  ),
  references: ['crypt(5)', 'NIST SP 800-63B 3.1.1.2', 'CIS Debian 12 5.3.3.4'],
  needs: ['accounts'],

  evaluate({ accounts }) {
    const strange = accounts.filter(({ password }) => ['other', 'unseen'].includes(password)).map(({ name }) => name)
    return judgeUnless(
      accounts.flatMap(({ name, password }): Problem[] => {
        const scheme = weak[password]
        return scheme === undefined ? [] : [{ key: name, values: { scheme } }]
      }),
      strange.length === 0
        ? null
        : text(
            `mit welchem Verfahren das Passwort von ${strange.join(', ')} abgelegt ist, ist nicht zu erkennen`,
            `by which scheme the password of ${strange.join(', ')} is stored cannot be told`,
          ),
    )
  },

  guide: 'weak-hash',
})
