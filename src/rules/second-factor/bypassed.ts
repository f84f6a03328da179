import { closeBypasses } from '../../model/bypass.js'
import type { AccountFacts, AuthorizedKeyFacts, EffectiveFacts, EffectiveView } from '../../model/facts.js'
import {
  dayOf,
  glance,
  isExpired,
  keysElsewhere,
  keyTaken,
  listsLetIn,
  matchesThatSet,
  mayHavePassword,
  othersHidden,
  value,
  viewsOpenTo,
  whereSet,
} from '../../model/logins.js'
import { asksForCode, hasGrace, letsIn, mayWaveThrough, type PamStack, parseStack } from '../../model/pam-stack.js'
import { Dark, judgeUnless, notApplicable, type Problem, rule } from '../../model/rule.js'
import { asksBoth, isToBeVerified, isVerified } from '../../model/second-factor.js'
import { demandsPin, takesType } from '../../model/security-key.js'
import { type Text, text } from '../../model/text.js'

/** Something that somebody has to have or know in order to get in. */
type Kind = 'key' | 'verified' | 'host' | 'ticket' | 'password' | 'code'
type Kinds = readonly Kind[]

const pamFile = '/etc/pam.d/sshd'
const stranger = { password: false, code: false, enrolled: false }

/** What PAM is content with, the least of it; nothing where it lets nobody in. */
const pamKinds = (stack: PamStack, enrolled: boolean, installed: readonly string[], waved = false): Kinds[] => {
  const lets = (password: boolean, code: boolean) =>
    letsIn(stack, { password, code, enrolled, waved }, installed) !== null
  if (lets(false, false)) return [[]]
  const single: Kinds[] = [
    ...(lets(true, false) ? [['password'] as const] : []),
    ...(lets(false, true) ? [['code'] as const] : []),
  ]
  return single.length > 0 ? single : lets(true, true) ? [['password', 'code']] : []
}

const on = (view: EffectiveView, ...keywords: string[]): boolean =>
  keywords.some(keyword => value(view, keyword) === 'yes')
const interactive = (view: EffectiveView): boolean =>
  on(view, 'kbdinteractiveauthentication', 'challengeresponseauthentication')
const viaPam = (view: EffectiveView): boolean => interactive(view) && on(view, 'usepam')

/** The lists of methods that sshd is content with, each without its devices; each method alone where it says any. */
const listsOf = (view: EffectiveView): string[][] => {
  const said = (view.settings['authenticationmethods'] ?? [])
    .flatMap(line => line.split(/\s+/))
    .filter(word => !['', 'any'].includes(word))
  if (said.length === 0)
    return [['publickey'], ['password'], ['keyboard-interactive'], ['hostbased'], ['gssapi-with-mic']]
  return said.map(list => list.split(',').map(method => method.split(':')[0]!.toLowerCase()))
}

interface Login {
  readonly account: AccountFacts
  readonly keys: readonly AuthorizedKeyFacts[]
  readonly view: EffectiveView
  /** what PAM is content with for this account */
  readonly pam: readonly Kinds[]
}

const kindsOf = (method: string, { account, keys, view, pam }: Login): readonly Kinds[] => {
  const may = account.uid !== 0 || value(view, 'permitrootlogin') === 'yes'
  const mayAtAll = account.uid !== 0 || value(view, 'permitrootlogin') !== 'no'
  switch (method) {
    case 'publickey':
      return keyTaken(view, account)
        ? keys.filter(key => takesType(view, key)).map(key => (isVerified(view, key) ? ['key', 'verified'] : ['key']))
        : []
    case 'keyboard-interactive':
      return may && viaPam(view) ? pam.filter(kinds => !kinds.includes('password') || mayHavePassword(account)) : []
    case 'password':
      if (!may || !on(view, 'passwordauthentication')) return []
      // sshd hands what was typed to the same stack, as the answer to whatever it asks: to one question, not to two
      return (on(view, 'usepam') ? pam.filter(kinds => kinds.length <= 1) : [['password'] as const]).filter(
        kinds => !kinds.some(kind => kind === 'password') || mayHavePassword(account),
      )
    case 'gssapi-with-mic':
    case 'gssapi-keyex':
      return mayAtAll && on(view, 'gssapiauthentication') ? [['ticket']] : []
    case 'hostbased':
      return mayAtAll && on(view, 'hostbasedauthentication') ? [['host']] : []
    default:
      return []
  }
}

interface Way {
  readonly methods: readonly string[]
  readonly kinds: ReadonlySet<Kind>
}

/** Each combination once, however many keys or methods lead to it. */
const distinct = (all: readonly Kinds[]): Kinds[] => {
  const sets = all.map(kinds => [...new Set(kinds)].sort())
  return [...new Map(sets.map(kinds => [kinds.join(), kinds])).values()]
}

/** Every way in for an account from one place, with what it takes. */
const waysOf = (login: Login): Way[] =>
  listsOf(login.view).flatMap(methods =>
    methods
      .reduce<Kinds[]>(
        (sofar, method) =>
          distinct(sofar.flatMap(kinds => distinct(kindsOf(method, login)).map(more => [...kinds, ...more]))),
        [[]],
      )
      .map(kinds => ({ methods, kinds: new Set(kinds) })),
  )

const alone: Readonly<Record<Kind, Text>> = {
  key: text('kommt mit dem Schlüssel allein hinein', 'gets in with the key alone'),
  verified: text('kommt mit dem Schlüssel allein hinein', 'gets in with the key alone'),
  host: text('kommt allein durch seinen Rechner hinein', 'gets in by its host alone'),
  ticket: text('kommt mit einem Kerberos-Ticket allein hinein', 'gets in with a Kerberos ticket alone'),
  password: text('kommt mit dem Passwort allein hinein', 'gets in with the password alone'),
  code: text('kommt mit dem Code allein hinein, ohne Schlüssel', 'gets in with the code alone, without a key'),
}
const freely = text('kommt hinein, ohne etwas vorzuweisen', 'gets in with nothing at all')
const unenrolled = text(
  'hat keinen Code eingerichtet, und PAM lässt es ohne hinein (nullok)',
  'has no code set up, and PAM lets it in without one (nullok)',
)

/** PAM wants one module that says yes, and nullok says nothing: today it is refused. */
const nearly = text(
  'hat keinen Code eingerichtet, und nullok lässt es ohne hinein, sobald ein anderes Modul zustimmt',
  'has no code set up, and nullok lets it in without one as soon as another module agrees',
)

/** Every view asks sshd's own PAM service; another one (PAMServiceName) was not read. */
const mustBeOwnService = ({ views }: EffectiveFacts): void => {
  const other = views.map(view => value(view, 'pamservicename')).find(name => !['', 'sshd'].includes(name))
  if (other !== undefined)
    throw new Dark(
      text(
        `sshd fragt PAM unter dem Namen ${other}, das wurde nicht angesehen`,
        `sshd asks PAM by the name ${other}, which was not looked at`,
      ),
    )
}

export default rule({
  id: 'second-factor/bypassed',
  severity: 'high',
  title: text('Der zweite Faktor lässt sich nicht umgehen', 'The second factor cannot be gone around'),
  problem: text('{who} {how}.', '{who} {how}.'),
  why: text(
    'Wer den Umweg kennt, braucht den zweiten Faktor nicht; du aber verlässt dich auf ihn.',
    'Whoever knows the way around does not need the second factor, while you rely on it.',
  ),
  looksAt: text(
    'die auth-Zeilen von PAM für sshd, wer ein Geheimnis hat, und AuthenticationMethods, UsePAM und Schlüssel für jedes Konto',
    "PAM's auth lines for sshd, who has a secret, and AuthenticationMethods, UsePAM and keys for every account",
  ),
  references: [
    'sshd_config(5) AuthenticationMethods',
    'pam.d(5)',
    'pam_google_authenticator(8) nullok',
    'BSI SYS.1.3.A8',
  ],
  needs: ['secondFactor', 'effective', 'accounts', 'loginKeys', 'system'],

  evaluate(facts) {
    const { secondFactor, effective, accounts, loginKeys, system } = facts
    mustBeOwnService(effective)
    const stack = parseStack(secondFactor.auth)
    if (stack.missing !== null)
      throw new Dark(
        text(
          `${pamFile} bindet ${stack.missing} ein, das fehlt`,
          `${pamFile} includes ${stack.missing}, which is missing`,
        ),
      )
    const coded = stack.modules.some(asksForCode)
    const kinds = [true, false].map(enrolled => pamKinds(stack, enrolled, secondFactor.modules)) as [Kinds[], Kinds[]]
    const able = accounts.filter(account => !isExpired(account, dayOf(system.now)))
    const logins = able.flatMap(account =>
      viewsOpenTo(effective, account)
        .filter(view => listsLetIn(view, account))
        .map(
          (view): Login => ({
            account,
            view,
            keys: loginKeys.keys.filter(key => key.account === account.name),
            pam: kinds[secondFactor.enrolled.includes(account.name) ? 0 : 1],
          }),
        ),
    )
    const ways = logins.map(login => ({ login, ways: waysOf(login) })).filter(one => one.ways.length > 0)
    const demandsPam = effective.views.some(view => listsOf(view).every(list => list.includes('keyboard-interactive')))
    const demands = ways.some(one => one.ways.every(way => way.kinds.size >= 2))
    const verifies = effective.views.some(demandsPin) || loginKeys.keys.some(isToBeVerified)
    if (!coded && !demandsPam && !demands && !verifies)
      return notApplicable(text('kein zweiter Faktor ist eingerichtet', 'no second factor is set up'))

    const files = glance(facts, 'sshd')?.files ?? []
    const where = (user: string): Pick<Problem, 'where'> => {
      const place = effective.perAccount
        ? matchesThatSet(files, 'AuthenticationMethods', '').find(({ match }) => match.includes(user))?.where
        : whereSet(files, 'AuthenticationMethods')
      return place ? { where: place } : {}
    }
    const problems: Problem[] = []
    const add = (key: string, who: Text | string, how: Text, place: Pick<Problem, 'where'>) => {
      if (!problems.some(one => one.key === key)) problems.push({ key, values: { who, how }, ...place })
    }
    const atPam = { where: { file: pamFile } }
    const asked = effective.views.some(viaPam)
    const free = coded && asked ? letsIn(stack, { ...stranger, enrolled: true }, secondFactor.modules) : null
    const instead =
      coded && asked && free === null
        ? letsIn(stack, { ...stranger, password: true, enrolled: true }, secondFactor.modules)
        : null
    const grace = stack.modules.find(one => asksForCode(one) && hasGrace(one))
    if (grace)
      add(
        'pam',
        'PAM',
        text(
          'fragt nach einer Anmeldung eine Zeit lang nicht wieder nach dem Code (grace_period)',
          'does not ask for the code again for some time after a login (grace_period)',
        ),
        atPam,
      )
    else if (free)
      add(
        'pam',
        'PAM',
        text(
          `lässt auch ohne richtigen Code hinein (${free.join(', ')})`,
          `lets in without a right code as well (${free.join(', ')})`,
        ),
        atPam,
      )
    if (instead)
      add(
        'pam',
        'PAM',
        text(
          `nimmt statt des Codes das Passwort (${instead.join(', ')})`,
          `takes the password instead of the code (${instead.join(', ')})`,
        ),
        atPam,
      )
    if (
      effective.views.some(
        view => !on(view, 'usepam') && (coded || listsOf(view).some(list => list.includes('keyboard-interactive'))),
      )
    )
      add('UsePAM', 'sshd', text('fragt nach keinem Code: UsePAM ist aus', 'asks for no code: UsePAM is off'), {
        ...(whereSet(files, 'UsePAM') && { where: whereSet(files, 'UsePAM')! }),
      })

    for (const { login, ways: own } of ways) {
      const { name } = login.account
      for (const { methods, kinds: taken } of own) {
        const byPam = methods.includes('keyboard-interactive')
        const without = coded && byPam && !taken.has('code')
        // what PAM does for everybody is said once
        if (without && (free || instead)) continue
        if (without && !secondFactor.enrolled.includes(name)) add(name, name, unenrolled, atPam)
        else if (taken.size === 0) add(name, name, freely, atPam)
        else if (taken.size === 1) add(name, name, alone[[...taken][0]!], where(name))
      }
    }
    const skips = stack.modules.some(one => asksForCode(one) && one.args.includes('nullok'))
    for (const { account, keys, view } of skips ? logins : [])
      if (
        !secondFactor.enrolled.includes(account.name) &&
        viaPam(view) &&
        keys.length > 0 &&
        keyTaken(view, account) &&
        listsOf(view).some(list => list.includes('keyboard-interactive'))
      )
        add(account.name, account.name, nearly, atPam)
    const waves = stack.modules.find(mayWaveThrough)
    const wavedIn =
      waves !== undefined &&
      logins.some(login =>
        waysOf({
          ...login,
          pam: pamKinds(stack, secondFactor.enrolled.includes(login.account.name), secondFactor.modules, true),
        }).some(way => way.kinds.size < 2),
      )
    const waved = wavedIn
      ? text(
          `wen ${waves.module} ohne seinen Faktor durchwinkt, ist nicht zu sehen`,
          `whom ${waves.module} waves through without its factor cannot be seen`,
        )
      : null
    // whom nobody lists is asked for both as well, where everybody is and nullok spares nobody
    const all = effective.views.every(asksBoth) && !skips
    return judgeUnless(problems, (all ? keysElsewhere(effective) : othersHidden(facts)) ?? waved)
  },

  does: text('der zweite Faktor lässt sich nicht mehr umgehen', 'the second factor can no longer be gone around'),
  fix(facts, problems, choices) {
    // one that is being set up or switched off says itself what is asked for
    if (choices.secondFactor) return []
    const [pam, sshd] = [glance(facts, 'pam'), glance(facts, 'sshd')]
    return pam && sshd
      ? closeBypasses({ pam, sshd, effective: facts.effective, secondFactor: facts.secondFactor }, problems)
      : { refuse: text('PAM ließ sich nicht ansehen', 'PAM could not be looked at') }
  },
  guide: 'second-factor-bypassed',
})
