import type {
  AccountFacts,
  AuthorizedKeyFacts,
  ConfigFile,
  ConfigLines,
  EffectiveFacts,
  EffectiveView,
  ListenerFacts,
  ListenFacts,
  LoginKeyFacts,
  SectionName,
  Sections,
  SeenSections,
  SshdFacts,
  SudoFacts,
  WireFacts,
} from './facts.js'
import { hasOption, hasValue, unreadKeys } from './key-options.js'
import { Dark } from './rule.js'
import { doasFrees, opensShellFree, runsEverything, suTrusts } from './sudo.js'
import { type Text, text } from './text.js'

/** First value of a keyword in a view, lower case as sshd prints it; empty when this version does not know it. */
export const value = (view: EffectiveView, keyword: string): string => view.settings[keyword]?.[0]?.toLowerCase() ?? ''

const on = (view: EffectiveView, keyword: string): boolean => value(view, keyword) === 'yes'

/** The views that were taken for an account: its own, or the one that stands for all. None for one that is to come. */
export const viewsFor = (effective: EffectiveFacts, account: string): readonly EffectiveView[] =>
  effective.perAccount ? effective.views.filter(view => view.user === account) : effective.views

/** The views that speak for an account. Throws Dark where sshd was not asked about it: that is not the same as shut. */
export const viewsOf = (effective: EffectiveFacts, account: string): readonly EffectiveView[] => {
  const views = viewsFor(effective, account)
  if (views.length > 0) return views
  throw new Dark(text(`sshd wurde nicht nach ${account} gefragt`, `sshd was not asked about ${account}`))
}

/** In which of its views does sshd let an account try? Its shell must run, but in a chroot sshd does not look at it. */
export const viewsOpenTo = (effective: EffectiveFacts, account: AccountFacts): readonly EffectiveView[] =>
  viewsOf(effective, account.name).filter(
    view => account.shellRuns || !['', 'none'].includes(value(view, 'chrootdirectory')),
  )

const hides = (keyword: string): Text =>
  text(
    `${keyword} ist gesetzt: wer damit hineinkommt, ist nicht zu sehen`,
    `${keyword} is set: who gets in by it cannot be seen`,
  )

/** Where sshd takes keys from that no file of an account shows; null = from nowhere else. */
export const keysElsewhere = ({ views }: EffectiveFacts): Text | null => {
  const keyword = (['AuthorizedKeysCommand', 'TrustedUserCAKeys'] as const).find(one =>
    views.some(view => !['', 'none'].includes(value(view, one.toLowerCase()))),
  )
  return keyword === undefined ? null : hides(keyword)
}

/** Accounts and groups that no look lists, but a directory may know; null = there are none. */
export const directory = (facts: object): Text | null => {
  const { accountServices = [], operator } = glance(facts, 'system') ?? {}
  const [service] = accountServices
  if (service === undefined) {
    // whoever is logged in has an account: one that is not listed is not alone
    const listed = glance(facts, 'accounts')?.some(({ name }) => name === operator)
    if (operator === undefined || listed !== false) return null
    return text(
      `${operator} steht nicht in der Liste der Konten: wer sonst noch fehlt, ist nicht zu sehen`,
      `${operator} is not in the list of accounts: who else is missing cannot be seen`,
    )
  }
  return text(
    `nsswitch.conf nennt ${service}: wer von dort hineinkommt, ist nicht zu sehen`,
    `nsswitch.conf names ${service}: who gets in from there cannot be seen`,
  )
}

/** Accounts of a directory that sshd may let in; null where there are none, or AllowUsers names none but the listed. */
export const unlisted = (facts: SeenSections<'effective' | 'accounts'>): Text | null => {
  const { effective, accounts } = facts
  const known = new Set(accounts.map(({ name }) => name))
  const settled = effective.views.every(view => {
    const names = words(view, 'allowusers').map(word => word.replace(/@[^@]*$/, ''))
    return names.length > 0 && names.every(name => known.has(name)) && words(view, 'allowgroups').length === 0
  })
  return settled ? null : directory(facts)
}

/** Whom sshd may let in and no look shows: by a key from elsewhere, or on a line that was not understood, or of a directory. */
export const othersHidden = (facts: SeenSections<'effective' | 'accounts'>): Text | null =>
  keysElsewhere(facts.effective) ?? unreadKeys(glance(facts, 'loginKeys') ?? {}) ?? unlisted(facts)

/** `*` and `?` as sshd reads them in Allow and Deny lists (ssh_config(5), PATTERNS). */
export const matchesPattern = (word: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(word)

export const words = (view: EffectiveView, keyword: string): string[] =>
  (view.settings[keyword] ?? []).flatMap(line => line.split(/\s+/)).filter(word => word !== '')

/** Does a list name this account, at one of these places? USER without @HOST is everywhere, like USER@*. */
const listed = (
  view: EffectiveView,
  keyword: string,
  account: AccountFacts,
  counts: (host: string) => boolean,
): boolean =>
  words(view, keyword).some(word => {
    const at = word.lastIndexOf('@')
    const [user, host] = at < 0 ? [word, '*'] : [word.slice(0, at), word.slice(at + 1)]
    return matchesPattern(account.name, user) && counts(host)
  })

const everywhere = (host: string): boolean => /^\*+$/.test(host)
/** An address that stands there as such, and is not the one the view was taken from. */
const elsewhere = (view: EffectiveView, host: string): boolean =>
  host.toLowerCase() !== view.address.toLowerCase() && /^(\d+(\.\d+){3}|[0-9a-f]*:[0-9a-f:.]+)$/i.test(host)

const groupListed = (view: EffectiveView, keyword: string, account: AccountFacts): boolean =>
  words(view, keyword).some(pattern => account.groups.some(group => matchesPattern(group, pattern)))

/**
 * Do AllowUsers, DenyUsers, AllowGroups and DenyGroups let this account try? (sshd_config(5), order of evaluation) From
 * somewhere: a place that an account may come from is taken as right, and one that it may not is only one of many.
 */
export const listsLetIn = (view: EffectiveView, account: AccountFacts): boolean => {
  if (listed(view, 'denyusers', account, everywhere) || groupListed(view, 'denygroups', account)) return false
  if (words(view, 'allowusers').length > 0 && !listed(view, 'allowusers', account, () => true)) return false
  return !(words(view, 'allowgroups').length > 0 && !groupListed(view, 'allowgroups', account))
}

/** The same from where the view was taken: a place that may be that one counts as shut. */
export const listsLetInFromHere = (view: EffectiveView, account: AccountFacts): boolean =>
  listsLetIn(view, account) && !listed(view, 'denyusers', account, host => !elsewhere(view, host))

/** Is there an alternative in AuthenticationMethods that consists of nothing but these methods? */
const aloneBy = (view: EffectiveView, methods: readonly string[]): boolean => {
  const lists = words(view, 'authenticationmethods').filter(word => word !== 'any')
  return (
    lists.length === 0 || lists.some(list => list.split(',').every(method => methods.includes(method.split(':')[0]!)))
  )
}

const rootMay = (view: EffectiveView, account: AccountFacts, by: 'password' | 'key'): boolean => {
  if (account.uid !== 0) return true
  const permit = value(view, 'permitrootlogin')
  return by === 'password' ? permit === 'yes' : permit !== 'no'
}

/** sshd would take a password alone for this account, if it had one. */
export const passwordAlone = (view: EffectiveView, account: AccountFacts): boolean =>
  on(view, 'passwordauthentication') &&
  aloneBy(view, ['password']) &&
  rootMay(view, account, 'password') &&
  listsLetIn(view, account)

/** keyboard-interactive is on and reaches PAM; up to 8.6 it had two switches, either opens it. */
export const interactiveAlone = (view: EffectiveView, account: AccountFacts): boolean =>
  (on(view, 'kbdinteractiveauthentication') || on(view, 'challengeresponseauthentication')) &&
  on(view, 'usepam') &&
  aloneBy(view, ['keyboard-interactive', 'password']) &&
  rootMay(view, account, 'password') &&
  listsLetIn(view, account)

/** sshd would take a key for this account (together with whatever else AuthenticationMethods asks for). */
export const keyTaken = (view: EffectiveView, account: AccountFacts): boolean =>
  on(view, 'pubkeyauthentication') && rootMay(view, account, 'key') && listsLetIn(view, account)

/** How the names of the methods begin that a keyword turns on: there are gssapi-with-mic and gssapi-keyex. */
const vouching = { GSSAPIAuthentication: 'gssapi', HostbasedAuthentication: 'hostbased' } as const

/** The keyword by which another machine may vouch for this account, alone or beside more; null = none does. */
export const vouchedFor = (view: EffectiveView, account: AccountFacts): keyof typeof vouching | null => {
  const methods = words(view, 'authenticationmethods').flatMap(list => list.split(','))
  const may = account.uid !== 0 || !['no', 'forced-commands-only'].includes(value(view, 'permitrootlogin'))
  if (!may || !listsLetIn(view, account)) return null
  return (
    (['GSSAPIAuthentication', 'HostbasedAuthentication'] as const).find(
      keyword =>
        on(view, keyword.toLowerCase()) &&
        (methods.length === 0 || methods.some(method => method === 'any' || method.startsWith(vouching[keyword]))),
    ) ?? null
  )
}

/** Would sshd let this account in by anything at all, if it had what that asks for? */
export const doorOpen = (view: EffectiveView, account: AccountFacts): boolean =>
  keyTaken(view, account) ||
  passwordAlone(view, account) ||
  interactiveAlone(view, account) ||
  vouchedFor(view, account) !== null

/** Is an account left out of AllowGroups, by the groups that are known, and by nothing else? A directory may know more of them. */
export const shutByGroups = (view: EffectiveView, account: AccountFacts): boolean =>
  !doorOpen(view, account) && doorOpen({ ...view, settings: { ...view.settings, allowgroups: [] } }, account)

/** Methods on the wire that no file says are on: whatever the files say, the daemon takes them (transaction.md). */
export const offeredAgainstFiles = (
  effective: EffectiveFacts,
  wire: WireFacts | undefined,
  method: 'password' | 'keyboard-interactive',
): boolean => {
  const keywords =
    method === 'password'
      ? ['passwordauthentication']
      : ['kbdinteractiveauthentication', 'challengeresponseauthentication']
  return (
    wire?.methods.includes(method) === true &&
    !effective.views.some(view => keywords.some(keyword => on(view, keyword)))
  )
}

/** Whom a finding names that only the wire shows. */
export const anyoneOnTheWire = text(
  'Jeder, auch wenn die Dateien anderes sagen,',
  'Anyone, though the files say otherwise,',
)

/** It has one for sure. */
export const hasPassword = (account: AccountFacts): boolean =>
  !['unseen', 'none', 'locked', 'star'].includes(account.password) && !account.passwordLocked

/** It has one, or a directory may: whoever judges a danger asks this. */
export const mayHavePassword = (account: AccountFacts): boolean => hasPassword(account) || account.password === 'unseen'

export const isExpired = (account: AccountFacts, today: number): boolean =>
  account.expires !== null && account.expires <= today

/** Days since 1970 of a time in seconds. */
export const dayOf = (seconds: number): number => Math.floor(seconds / 86400)

export interface Way {
  readonly account: AccountFacts
  readonly by: 'password' | 'keyboard-interactive' | 'key'
  readonly view: EffectiveView
}

/** Every way in that is open today: an account that can log in has at least one (rules.md). `now`: server's seconds. */
export const waysIn = (
  effective: EffectiveFacts,
  accounts: readonly AccountFacts[],
  keys: LoginKeyFacts,
  now: number,
): Way[] =>
  accounts.flatMap(account => {
    if (isExpired(account, dayOf(now))) return []
    const keyed = keys.keys.some(key => key.account === account.name)
    return viewsOpenTo(effective, account).flatMap((view): Way[] => [
      ...(keyed && keyTaken(view, account) ? [{ account, by: 'key' as const, view }] : []),
      ...(mayHavePassword(account) && passwordAlone(view, account) ? [{ account, by: 'password' as const, view }] : []),
      ...(mayHavePassword(account) && interactiveAlone(view, account)
        ? [{ account, by: 'keyboard-interactive' as const, view }]
        : []),
      ...(account.password === 'none' && on(view, 'permitemptypasswords') && passwordAlone(view, account)
        ? [{ account, by: 'password' as const, view }]
        : []),
    ])
  })

/** Where another machine vouches for whoever comes: that opens a way in which no file of an account shows. */
export const vouchedElsewhere = (
  effective: EffectiveFacts,
  accounts: readonly AccountFacts[],
  now: number,
): Text | null => {
  const keyword = accounts
    .filter(account => !isExpired(account, dayOf(now)))
    .flatMap(account => viewsOpenTo(effective, account).map(view => vouchedFor(view, account)))
    .find(one => one !== null)
  return keyword ? hides(keyword) : null
}

/** The same of everything by which somebody may get in whom no look shows. */
export const unseenWays = (facts: SeenSections<'effective' | 'accounts' | 'system'>): Text | null =>
  othersHidden(facts) ?? vouchedElsewhere(facts.effective, facts.accounts, facts.system.now)

export const whoCanLogIn = (
  effective: EffectiveFacts,
  accounts: readonly AccountFacts[],
  keys: LoginKeyFacts,
  now: number,
): AccountFacts[] => accounts.filter(account => waysIn(effective, [account], keys, now).length > 0)

/** doas, or an su that trusts a group: root without any word of sudo's. */
const rootBesideSudo = (sudo: SudoFacts, account: AccountFacts): boolean =>
  account.uid === 0 || doasFrees(sudo, account) || suTrusts(sudo, account.groups)

/** sudo's answer for an account: the last rule that lets it run everything as root decides (sudoers(5)). */
export const becomesRoot = (sudo: SudoFacts, account: AccountFacts): 'no' | 'password' | 'nopasswd' =>
  rootBesideSudo(sudo, account) ? 'nopasswd' : runsEverything(sudo.accounts[account.name], account.groups)

/** Root without a password, by whatever way: one command that opens a shell is enough, and an exception helps little. */
export const rootWithoutPassword = (sudo: SudoFacts, account: AccountFacts): boolean =>
  rootBesideSudo(sudo, account) || opensShellFree(sudo.accounts[account.name], account.groups)

/** Where a keyword stands outside of a Match, in the order sshd reads its files: the first one decides. */
export const whereSet = (files: readonly ConfigFile[], keyword: string): { file: string; line: number } | undefined => {
  // files come main file first; sshd reads an Include where it stands, on Debian at the top: drop-ins win
  const ordered = [...files.slice(1), ...files.slice(0, 1)]
  const set = new RegExp(`^\\s*${keyword}[\\s=]`, 'i')
  for (const file of ordered) {
    for (const [at, line] of file.lines.entries()) {
      if (/^\s*match\b/i.test(line)) break
      if (set.test(line)) return { file: file.path, line: at + 1 }
    }
  }
  return undefined
}

export interface MatchBlock {
  /** as it is written: `Match User backup` */
  readonly match: string
  readonly where: { readonly file: string; readonly line: number }
}

/** The Match blocks that set this keyword to something else, with the line that does. */
export const matchesThatSet = (files: readonly ConfigLines[], keyword: string, wanted: string): MatchBlock[] => {
  const set = new RegExp(`^\\s*${keyword}[\\s=]+(\\S+)`, 'i')
  return files.flatMap(file => {
    let match = ''
    return file.lines.flatMap((line, at) => {
      if (/^\s*match\b/i.test(line)) match = /^\s*match\s+all\s*$/i.test(line) ? '' : line.trim()
      const found = match === '' ? null : set.exec(line)
      const other = found !== null && found[1]!.toLowerCase() !== wanted
      return other ? [{ match, where: { file: file.path, line: at + 1 } }] : []
    })
  })
}

/** Whether a Match block says otherwise: only `Match all` before it wins (traps T56). */
export const setInMatch = (files: readonly ConfigFile[], keyword: string, wanted: string): boolean =>
  matchesThatSet(files, keyword, wanted).length > 0

/** Names that are tried first by everyone who guesses (rules.md, names/default-login-account). */
export const defaultNames: readonly string[] = [
  'admin',
  'administrator',
  'adm',
  'user',
  'users',
  'test',
  'tester',
  'guest',
  'gast',
  'debian',
  'ubuntu',
  'pi',
  'ec2-user',
  'centos',
  'fedora',
  'rocky',
  'almalinux',
  'opensuse',
  'arch',
  'alpine',
  'vagrant',
  'support',
  'root',
  'toor',
  'sysadmin',
  'server',
  'cloud',
  'cloud-user',
  'azureuser',
  'opc',
  'oracle',
  'postgres',
  'mysql',
  'ftp',
  'ftpuser',
  'www',
  'web',
  'webmaster',
  'info',
  'mail',
  'git',
  'deploy',
  'deployer',
  'ansible',
  'jenkins',
  'nagios',
  'backup',
  'hadoop',
  'minecraft',
  'steam',
  'student',
  'demo',
  'default',
  'operator',
  'service',
  'system',
]

/** A section that a rule would use but does not need: it may not have been seen. */
export const glance = <N extends SectionName>(facts: object, name: N): Sections[N] | undefined =>
  (facts as Partial<Sections>)[name]

export const isLoopback = (address: string): boolean => /^(127\.|::1$|::ffff:127\.)/.test(address)

/** What really listens for this sshd: its own daemons, or systemd on behalf of ssh's socket unit; never a session's forwarding. */
export const sshdListeners = (listeners: ListenFacts, sshd: SshdFacts): ListenerFacts[] => {
  const own = new Set([...sshd.daemons.map(d => d.pid), ...sshd.units.map(u => u.mainPid)].filter(pid => pid > 1))
  const sockets = listeners.socketUnits.filter(({ unit }) => /^sshd?\.socket$/.test(unit)).map(({ listen }) => listen)
  return listeners.tcp.filter(
    ({ pid, port, process }) =>
      own.has(pid) || (/^(systemd|init)$/.test(process) && sockets.some(listen => listen.endsWith(`:${port}`))),
  )
}

/** Ports on which this sshd can be reached from elsewhere. */
export const sshdPorts = (listeners: ListenFacts, sshd: SshdFacts): number[] => [
  ...new Set(
    sshdListeners(listeners, sshd)
      .filter(({ address }) => !isLoopback(address))
      .map(({ port }) => port),
  ),
]

/** nologin and false let a login happen (sftp, forwarding), but nobody works or becomes root behind them. */
export const hasRealShell = (account: AccountFacts): boolean =>
  account.shellRuns && !/\/(nologin|false|true|sync)$/.test(account.shell)

/** sudo lets it, and the password sudo asks for exists (traps T27). */
export const canBecomeRoot = (sudo: SudoFacts, account: AccountFacts): boolean => {
  const by = becomesRoot(sudo, account)
  return by === 'nopasswd' || (by === 'password' && hasPassword(account))
}

/** A key that lets one work: not bound to one command, not a certificate authority's. */
export const opensShell = ({ options }: AuthorizedKeyFacts): boolean =>
  !hasValue(options, 'command') && !hasOption(options, 'cert-authority')

/**
 * Would so many refused logins shut their address out for a while? sshd adds up `authfail` for each and begins at `min`
 * (PerSourcePenalties in sshd_config(5), seconds).
 */
export const shutsOutAfter = (effective: EffectiveFacts, refusals: number): boolean =>
  effective.views.some(view => {
    const of = (name: string) =>
      Number(new RegExp(`(?:^|\\s)${name}:(\\d+(?:\\.\\d+)?)`).exec(value(view, 'persourcepenalties'))?.[1])
    return refusals * of('authfail') >= of('min')
  })

/** OpenSSH 9.8 and later slow guessing down by themselves, unless that is off or spares everybody. */
export const penaltiesWork = (effective: EffectiveFacts, sshd: SshdFacts): boolean =>
  sshd.release >= 9.8 &&
  effective.views.every(
    view =>
      value(view, 'persourcepenalties') !== 'no' &&
      !words(view, 'persourcepenaltyexemptlist').some(list => /(^|,)(0\.0\.0\.0|::)\/0(,|$)/.test(list)),
  )
