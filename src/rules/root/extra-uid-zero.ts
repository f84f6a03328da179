import { directory } from '../../model/logins.js'
import { judgeUnless, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'root/extra-uid-zero',
  severity: 'critical',
  title: text('Nur root hat die UID 0', 'Only root has UID 0'),
  problem: text('Das Konto {key} hat die UID 0 und ist damit root.', 'The account {key} has UID 0, so it is root.'),
  why: text(
    'Ein zweites Konto mit UID 0 ist eine übliche Hintertür nach einem Einbruch: Wer root sperrt, sperrt dieses nicht.',
    'A second account with UID 0 is a usual back door after a break-in: shutting root out does not shut this one out.',
  ),
  looksAt: text('die UID aller Konten (getent passwd)', 'the UID of every account (getent passwd)'),
  references: ['passwd(5)', 'BSI SYS.1.3.A2'],
  needs: ['accounts'],

  evaluate: facts =>
    judgeUnless(
      facts.accounts.filter(({ uid, name }) => uid === 0 && name !== 'root').map(({ name }) => ({ key: name })),
      directory(facts),
    ),

  guide: 'extra-uid-zero',
})
