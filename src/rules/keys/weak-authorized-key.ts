import { judge, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'keys/weak-authorized-key',
  severity: 'high',
  title: text('Eingetragene Schlüssel sind stark genug', 'Authorized keys are strong enough'),
  problem: text(
    '{account} kommt mit einem schwachen Schlüssel herein: {what}, {fingerprint}{urgent}.',
    '{account} gets in with a weak key: {what}, {fingerprint}{urgent}.',
  ),
  why: text(
    'Aus einem zu kurzen öffentlichen Schlüssel lässt sich der private errechnen; unter 2048 Bits ist das in Reichweite.',
    'From a public key that is too short the private one can be computed; below 2048 bits that is within reach.',
  ),
  looksAt: text(
    'Art und Länge jedes eingetragenen Schlüssels, wo immer sshd sie sucht',
    'type and length of every authorized key, wherever sshd looks for them',
  ),
  references: ['BSI TR-02102-1', 'BSI Grundschutz++ BER.7.2', 'ssh-keygen(1)'],
  needs: ['loginKeys'],

  evaluate: ({ loginKeys }) =>
    judge(
      loginKeys.keys.flatMap(({ account, type, bits, fingerprint, path, line }): Problem[] => {
        const dsa = type.startsWith('ssh-dss')
        if (!dsa && !(type.startsWith('ssh-rsa') && bits < 3000)) return []
        return [
          {
            key: `${account} ${fingerprint}`,
            values: {
              account,
              fingerprint,
              what: dsa ? 'DSA' : text(`RSA mit ${bits} Bits`, `RSA with ${bits} bits`),
              urgent: dsa || bits < 2048 ? text(' (dringend)', ' (urgent)') : '',
            },
            where: { file: path, line },
          },
        ]
      }),
    ),

  guide: 'weak-authorized-key',
})
