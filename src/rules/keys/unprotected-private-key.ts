import type { OperatorFacts, PrivateKeyFacts } from '../../model/facts.js'
import { glance } from '../../model/logins.js'
import { hiddenIn, isBare, namedKeys } from '../../model/own-keys.js'
import { judge, judgeUnless, type Problem, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

const untold = ({ format }: PrivateKeyFacts): boolean => format === 'unknown'

const ownProblems = (operator: OperatorFacts): Problem[] =>
  namedKeys(operator)
    .filter(isBare)
    .map(({ name, where }) => ({
      key: `operator:${name}`,
      values: { whose: text('Dein Schlüssel', 'Your key'), path: name },
      where,
    }))

export default rule({
  id: 'keys/unprotected-private-key',
  severity: 'high',
  title: text('Private Schlüssel haben eine Passphrase', 'Private keys have a passphrase'),
  problem: text('{whose} {path} hat keine Passphrase.', '{whose} {path} has no passphrase.'),
  why: text(
    'Wer die Datei in die Hände bekommt, aus einer Sicherung oder von einem gestohlenen Notebook, kommt überall dort hinein, wo der Schlüssel gilt.',
    'Whoever gets hold of the file, from a backup or a stolen notebook, gets in wherever the key counts.',
  ),
  looksAt: text(
    'was in den Dateien steht: deinen eigenen hier, und dem Anfang derer auf dem Server; nie der geheime Teil',
    'what stands in the files: in your own here, and in the beginning of those on the server; never the secret part',
  ),
  references: ['ssh-keygen(1) -p', 'BSI TR-02102-4 4.1', 'BSI SYS.1.3.A8'],
  needs: ['privateKeys', 'system'],

  evaluate(facts) {
    const operator = glance(facts, 'operator')
    const theirs = facts.privateKeys.map(key => ({
      ...key,
      id: `${key.account}:${key.path}`,
      whose: text(`Der Schlüssel von ${key.account} auf dem Server,`, `The key of ${key.account} on the server,`),
    }))
    const problems = [
      ...(operator ? ownProblems(operator) : []),
      ...theirs
        .filter(isBare)
        .map(({ id, whose, path }): Problem => ({ key: id, values: { whose, path }, where: { file: path } })),
    ]
    if (problems.length > 0) return judge(problems)
    if (!operator && facts.system.connection)
      return unknown(text('deine eigenen Schlüssel wurden nicht angesehen', 'your own keys were not looked at'))
    const all = { ...operator, privateKeys: [...(operator?.privateKeys ?? []), ...facts.privateKeys] }
    return judgeUnless(problems, hiddenIn(all, untold))
  },

  ownKeys: { evaluate: operator => judgeUnless(ownProblems(operator), hiddenIn(operator, untold)) },

  guide: 'unprotected-private-key',
})
