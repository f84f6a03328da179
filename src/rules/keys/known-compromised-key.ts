import type { EffectiveFacts, SshdFacts } from '../../model/facts.js'
import { unreadKeys } from '../../model/key-options.js'
import { glance, keysElsewhere } from '../../model/logins.js'
import { hiddenIn, namedKeys } from '../../model/own-keys.js'
import { judgeUnless, type Problem, rule } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'
import { compromisedKeys } from '../../services/compromised-keys.js'

const known: ReadonlyMap<string, string> = new Map(compromisedKeys.map(key => [key.fingerprint, key.known]))

const unreadHostKeys = ({ unreadHostKeys: [path] = [] }: SshdFacts): Text | null =>
  path === undefined
    ? null
    : text(`nicht zu lesen ist der Server-Schlüssel ${path}`, `the host key ${path} could not be read`)

/** What was found fails whatever sshd says; nothing found is a pass only where it says that it looks nowhere else. */
const elsewhere = (effective: EffectiveFacts | undefined): Text | null =>
  effective
    ? keysElsewhere(effective)
    : text('wo sshd nach Schlüsseln sucht, war nicht zu sehen', 'where sshd looks for keys could not be seen')

export default rule({
  id: 'keys/known-compromised-key',
  severity: 'critical',
  title: text('Kein Schlüssel, dessen privater Teil öffentlich ist', 'No key whose private half is public'),
  problem: text('{whose} {fingerprint} kennt jeder: {known}.', '{whose} {fingerprint} is known to everybody: {known}.'),
  why: text(
    'Der private Teil steht im Netz. Mit einem eingetragenen Schlüssel kommt jeder hinein; mit einem Server-Schlüssel kann sich jeder als dein Server ausgeben.',
    'The private half is on the net. An authorized key lets anybody in; a host key lets anybody play your server.',
  ),
  looksAt: text(
    'Fingerabdrücke der Server-Schlüssel und aller eingetragenen Schlüssel, verglichen mit einer Liste öffentlich bekannter Schlüssel',
    'fingerprints of the host keys and of all authorized keys, against a list of publicly known ones',
  ),
  references: ['CVE-2008-0166', 'DSA-1571', 'rapid7/ssh-badkeys', 'BSI Grundschutz++ BER.5.14'],
  needs: ['sshd', 'loginKeys'],

  evaluate(facts) {
    const { sshd, loginKeys } = facts
    const keys = [
      ...sshd.hostKeys.map(key => ({ ...key, whose: text('Den Server-Schlüssel', 'The host key') })),
      ...loginKeys.keys.map(key => ({
        ...key,
        whose: text(`Den Schlüssel von ${key.account}`, `The key of ${key.account}`),
      })),
    ]
    return judgeUnless(
      keys
        .filter(({ fingerprint }) => known.has(fingerprint))
        .map((key): Problem => {
          const { whose, fingerprint, path } = key
          return {
            key: 'account' in key ? `${key.account} ${fingerprint}` : fingerprint,
            values: { whose, fingerprint, known: known.get(fingerprint)! },
            where: { file: path, ...('line' in key && { line: key.line }) },
          }
        }),
      unreadHostKeys(sshd) ?? unreadKeys(loginKeys) ?? elsewhere(glance(facts, 'effective')),
    )
  },

  ownKeys: {
    why: text(
      'Der private Teil steht im Netz: Wer ihn nimmt, kommt überall hinein, wo du ihn eingetragen hast.',
      'The private half is on the net: whoever takes it gets in wherever you have put it in.',
    ),
    evaluate: operator =>
      judgeUnless(
        namedKeys(operator)
          .filter(({ fingerprint }) => known.has(fingerprint))
          .map(
            ({ name, fingerprint, where }): Problem => ({
              key: name,
              values: {
                whose: text(`Deinen Schlüssel ${name} mit`, `Your key ${name} with`),
                fingerprint,
                known: known.get(fingerprint)!,
              },
              where,
            }),
          ),
        hiddenIn(operator, ({ fingerprint }) => fingerprint === ''),
      ),
  },

  guide: 'compromised-key',
})
