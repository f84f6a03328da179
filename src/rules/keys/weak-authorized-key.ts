import { unreadKeys } from '../../model/key-options.js'
import { directory, keysElsewhere } from '../../model/logins.js'
import { judgeUnless, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'keys/weak-authorized-key',
  severity: 'high',
  title: text('Eingetragene Schlüssel sind stark genug', 'Authorized keys are strong enough'),
  problem: text(
    '{account} kommt mit einem schwachen Schlüssel hinein: {what}, {fingerprint}{urgent}.',
    '{account} gets in with a weak key: {what}, {fingerprint}{urgent}.',
  ),
  why: text(
    'Aus einem zu kurzen öffentlichen Schlüssel lässt sich der private errechnen; bei 1024 Bit ist das für große Angreifer in Reichweite.',
    'From a public key that is too short the private one can be computed; at 1024 bits that is within reach of large attackers.',
  ),
  looksAt: text(
    'Typ und Länge jedes eingetragenen Schlüssels, wo immer sshd sie sucht',
    'type and length of every authorized key, wherever sshd looks for them',
  ),
  references: ['BSI TR-02102-1', 'BSI Grundschutz++ BER.7.2', 'ssh-keygen(1)'],
  needs: ['loginKeys', 'effective'],

  evaluate: facts =>
    judgeUnless(
      facts.loginKeys.keys.flatMap(({ account, type, bits, fingerprint, path, line }): Problem[] => {
        const dsa = type.startsWith('ssh-dss')
        if (!dsa && !(type.startsWith('ssh-rsa') && bits < 3000)) return []
        return [
          {
            key: `${account} ${fingerprint}`,
            values: {
              account,
              fingerprint,
              what: dsa ? 'DSA' : text(`RSA mit ${bits} Bit`, `RSA with ${bits} bits`),
              urgent: dsa || bits < 2048 ? text(' (dringend)', ' (urgent)') : '',
            },
            where: { file: path, line },
          },
        ]
      }),
      unreadKeys(facts.loginKeys) ?? keysElsewhere(facts.effective) ?? directory(facts),
    ),

  guide: 'weak-authorized-key',
})
