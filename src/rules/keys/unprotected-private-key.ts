import { glance } from '../../model/logins.js'
import { judge, type Problem, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

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
    'der Dateikopf jedes privaten Schlüssels, deiner eigenen hier und derer auf dem Server; nie der geheime Teil',
    'the head of every private key, yours here and those of the accounts on the server; never the secret part',
  ),
  references: ['ssh-keygen(1) -p', 'BSI TR-02102-4 4.1', 'BSI SYS.1.3.A8'],
  needs: ['privateKeys', 'system'],

  evaluate(facts) {
    const operator = glance(facts, 'operator')
    const keys = [
      ...(operator?.privateKeys ?? []).map(key => ({
        ...key,
        id: `operator:${key.path}`,
        whose: text('Dein Schlüssel', 'Your key'),
      })),
      ...facts.privateKeys.map(key => ({
        ...key,
        id: `${key.account}:${key.path}`,
        whose: text(`Der Schlüssel von ${key.account} auf dem Server,`, `The key of ${key.account} on the server,`),
      })),
    ]
    // with a security key the file is only a handle
    const bare = keys.filter(key => !key.encrypted && key.format !== 'unknown' && !key.type.endsWith('-sk'))
    const problems = bare.map(
      ({ id, whose, path }): Problem => ({ key: id, values: { whose, path }, where: { file: path } }),
    )
    if (problems.length > 0) return judge(problems)
    if (!operator && facts.system.connection)
      return unknown(text('deine eigenen Schlüssel wurden nicht angesehen', 'your own keys were not looked at'))
    const dark = keys.filter(key => key.format === 'unknown').map(key => key.path)
    if (dark.length === 0) return judge([])
    return unknown(text(`nicht zu erkennen: ${dark.join(', ')}`, `could not be read: ${dark.join(', ')}`))
  },

  guide: 'unprotected-private-key',
})
