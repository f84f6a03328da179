import type { OperatorFacts, PrivateKeyFacts } from '../../model/facts.js'
import { hiddenIn, namedKeys } from '../../model/own-keys.js'
import { judgeUnless, type Problem, rule, type Verdict } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

const makers = { 'putty-2': 'PuTTY', 'ssh.com': 'ssh.com' } as const

const weakness = ({ type, bits, format, encrypted }: PrivateKeyFacts): Text | null => {
  if (type.startsWith('dsa')) return text('er ist DSA', 'it is DSA')
  if (type.startsWith('rsa') && bits > 0 && bits < 3000)
    return text(`RSA mit nur ${bits} Bit`, `RSA with only ${bits} bits`)
  if (type === 'rsa1') return text('er ist für SSH 1', 'it is for SSH 1')
  if (encrypted && (format === 'putty-2' || format === 'ssh.com'))
    return text(
      `altes Format von ${makers[format]}, in dem sich Passphrasen schnell durchprobieren lassen`,
      `old format of ${makers[format]}, in which passphrases are tried fast`,
    )
  if (format === 'pem' && encrypted)
    return text(
      'altes PEM-Format, in dem sich Passphrasen schnell durchprobieren lassen',
      'old PEM format, in which passphrases are tried fast',
    )
  return null
}

/** Locked in a form that shows nothing of the key, and nothing lies beside it. */
const untold = ({ type, format, bits }: PrivateKeyFacts): boolean =>
  type === 'unknown' || format === 'unknown' || (type.startsWith('rsa') && bits === 0)

const judgeOwn = (operator: OperatorFacts): Verdict =>
  judgeUnless(
    namedKeys(operator).flatMap((key): Problem[] => {
      const what = weakness(key)
      return what ? [{ key: key.name, values: { what }, where: key.where }] : []
    }),
    hiddenIn(operator, untold),
  )

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
    'Format, Typ und Länge deiner privaten Schlüssel auf diesem Rechner',
    'format, type and size of your private keys on this computer',
  ),
  references: ['BSI TR-02102-1', 'BSI Grundschutz++ BER.7.2', 'ssh-keygen(1) -o, -a'],
  needs: ['operator'],

  evaluate: ({ operator }) => judgeOwn(operator),
  ownKeys: { evaluate: operator => judgeOwn(operator) },

  guide: 'weak-private-key',
})
