import { glance, unseenWays, waysIn } from '../../model/logins.js'
import { judgeUnless, notApplicable, type Problem, rule } from '../../model/rule.js'
import { asksBoth, oneFactor, requireCode } from '../../model/second-factor.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'second-factor/ssh',
  severity: 'high',
  title: text('Zum Anmelden über SSH braucht es zwei Faktoren', 'Logging in over SSH takes two factors'),
  problem: text('{key} kommt mit einem Faktor allein hinein ({by}).', '{key} gets in with one factor alone ({by}).'),
  why: text(
    'Kommt Schlüssel oder Passwort abhanden, etwa mit dem Notebook, gehört der Server dem Finder. Ein Code vom Telefon oder die PIN eines Sicherheitsschlüssels hält ihn auf.',
    'Should key or password get lost, with the notebook for instance, the server is the finder’s. A code from the phone or the PIN of a security key stops them.',
  ),
  looksAt: text(
    'sshd -T für jedes Konto, das sich anmelden kann: AuthenticationMethods, PubkeyAuthOptions; die Optionen seiner Schlüssel',
    'sshd -T for every account that can log in: AuthenticationMethods, PubkeyAuthOptions; the options of its keys',
  ),
  references: ['sshd_config(5) AuthenticationMethods', 'BSI ORP.4.A21', 'BSI BER.5.9', 'NIST SP 800-63B-4 2.2'],
  needs: ['effective', 'accounts', 'loginKeys', 'system'],

  evaluate(facts) {
    const { effective, accounts, loginKeys, system } = facts
    const ways = waysIn(effective, accounts, loginKeys, system.now)
    const unseen = unseenWays(facts)
    if (ways.length === 0 && unseen === null)
      return notApplicable(text('über SSH kann sich niemand anmelden', 'nobody can log in over SSH'))
    const open = ways.filter(({ account, by, view }) => oneFactor(view, account, by === 'key', loginKeys.keys))
    const names = [...new Set(open.map(({ account }) => account.name))]
    return judgeUnless(
      names.map((key): Problem => {
        const byKey = open.every(way => way.account.name !== key || way.by === 'key')
        return { key, values: { by: byKey ? text('Schlüssel', 'key') : text('Passwort', 'password') } }
      }),
      // whoever comes by a way that nobody sees here is asked for both as well, where everybody is
      effective.views.every(asksBoth) ? null : unseen,
    )
  },

  does: text('zum Anmelden braucht es künftig Schlüssel und Code', 'logging in takes key and code'),
  fix(facts, _, choices) {
    const [pam, sshd] = [glance(facts, 'pam'), glance(facts, 'sshd')]
    return pam && sshd
      ? requireCode({ pam, sshd, effective: facts.effective }, choices)
      : { refuse: text('PAM ließ sich nicht ansehen', 'PAM could not be looked at') }
  },
  guide: 'second-factor',
})
