import type { PrivateKeyFacts } from '../../model/facts.js'
import { judge, type Problem, rule, unknown } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

const weakness = ({ type, bits, format, encrypted }: PrivateKeyFacts): Text | null => {
  if (type.startsWith('dsa')) return text('er ist DSA', 'it is DSA')
  if (type.startsWith('rsa') && bits > 0 && bits < 3000)
    return text(`RSA mit nur ${bits} Bit`, `RSA with only ${bits} bits`)
  if (format === 'pem' && encrypted)
    return text(
      'altes PEM-Format, in dem sich Passphrasen schnell durchprobieren lassen',
      'old PEM format, in which passphrases are tried fast',
    )
  return null
}

export default rule({
  id: 'keys/weak-private-key',
  severity: 'medium',
  title: text(
    'Deine privaten Schlüssel sind stark und im neuen Format',
    'Your private keys are strong and in the new format',
  ),
  problem: text('Dein Schlüssel {key} ist schwach: {what}.', 'Your key {key} is weak: {what}.'),
  why: text(
    'Ein zu kurzer Schlüssel lässt sich errechnen; im alten Format lässt sich die Passphrase viel schneller durchprobieren.',
    'A key that is too short can be computed; in the old format passphrases can be tried much faster.',
  ),
  looksAt: text(
    'die ersten zwei Zeilen deiner privaten Schlüssel auf diesem Rechner, und ssh-keygen -l',
    'the first two lines of your private keys on this computer, and ssh-keygen -l',
  ),
  references: ['BSI TR-02102-1', 'BSI Grundschutz++ BER.7.2', 'ssh-keygen(1) -o, -a'],
  needs: ['operator'],

  evaluate({ operator }) {
    const problems = operator.privateKeys.flatMap((key): Problem[] => {
      const what = weakness(key)
      return what ? [{ key: key.path, values: { what }, where: { file: key.path } }] : []
    })
    const dark = operator.privateKeys.filter(key => key.type === 'unknown' || key.format === 'unknown')
    if (problems.length > 0 || dark.length === 0) return judge(problems)
    const paths = dark.map(key => key.path).join(', ')
    return unknown(text(`nicht zu erkennen: ${paths}`, `could not be read: ${paths}`))
  },

  guide: 'weak-private-key',
})
