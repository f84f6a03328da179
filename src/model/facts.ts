/**
 * What was seen of a target. Every section is either seen or says why not: "not seen" is never "fine".
 * Nothing in here is a secret: no password hash, no private key, no plain password ever becomes a fact.
 */

/** `stale`: what the files say cannot be what the running daemon read (transaction.md, "Files are not the daemon"). */
export type Unseen =
  | 'denied'
  | 'missing-tool'
  | 'timeout'
  | 'truncated'
  | 'unparsable'
  | 'not-looked'
  | 'stale'
  | 'broken-config'

export type Section<T> =
  | { readonly seen: true; readonly value: T }
  | { readonly seen: false; readonly why: Unseen; readonly detail?: string }

export const seen = <T>(value: T): Section<T> => ({ seen: true, value })
export const unseen = (why: Unseen, detail?: string): Section<never> =>
  detail === undefined ? { seen: false, why } : { seen: false, why, detail }

export interface SystemFacts {
  /** os-release ID, VERSION_ID, VERSION_CODENAME, PRETTY_NAME */
  readonly os: string
  readonly osVersion: string
  readonly codename: string
  readonly prettyName: string
  readonly hostname: string
  readonly kernel: string
  /** name of process 1, e.g. `systemd` */
  readonly init: string
  /** systemd-detect-virt --container, `none` on real or virtual machines */
  readonly container: string
  /** effective user id the looks ran with */
  readonly uid: number
  /** the account behind it: who logged in */
  readonly operator: string
  /** what nsswitch.conf asks for accounts and groups beside the server's own: it need not list all it knows; absent: not looked at */
  readonly accountServices?: readonly string[]
  /** seconds since 1970 on the server's clock */
  readonly now: number
  /** from SSH_CONNECTION; absent on a local look */
  readonly connection?: {
    readonly clientAddress: string
    readonly clientPort: number
    readonly serverAddress: string
    readonly serverPort: number
  }
  readonly cloudInit: 'absent' | 'running' | 'done' | 'disabled' | 'error' | 'unknown'
  /** whether another program holds a lock of apt's or dpkg's; null: not asked, which only harden does */
  readonly aptBusy: boolean | null
  readonly selinux: 'absent' | 'disabled' | 'permissive' | 'enforcing'
  /** lowest port an ordinary program may listen on */
  readonly unprivilegedPortStart: number
  /** /etc/nologin or /run/nologin is there */
  readonly nologin: boolean
  /** filesystem type that holds a place, and whether it can be written */
  readonly places: readonly {
    readonly path: string
    readonly fs: string
    readonly volatile: boolean
    readonly writable: boolean
    readonly freeKb: number
  }[]
  /** programs that were found in PATH */
  readonly tools: readonly string[]
}

export interface ConfigFile {
  readonly path: string
  readonly mode: number
  readonly owner: string
  readonly group: string
  /** seconds since 1970, fractional */
  readonly mtime: number
  readonly ctime: number
  readonly lines: readonly string[]
}

/** What it says, wherever it comes from. */
export type ConfigLines = Pick<ConfigFile, 'path' | 'lines'>

export interface UnitFacts {
  readonly name: string
  readonly load: string
  readonly active: string
  readonly enabled: string
  readonly needReload: boolean
  readonly mainPid: number
  readonly fragment: string
  readonly execStart: string
  /** when its state last changed, seconds since 1970 by the clock at the time of the look; 0 = never */
  readonly changedAt: number
}

/** What systemd was told of ssh.socket, and what it starts. */
export interface SocketFacts {
  /** as systemd says it, e.g. `[::]:22 (Stream)` */
  readonly listen: readonly string[]
  /** a process for each connection instead of one daemon */
  readonly accept: boolean
  /** units that a connection starts */
  readonly triggers: readonly string[]
  /** its drop-ins, in the order in which they count, and those among them that say where to listen */
  readonly dropIns: readonly string[]
  readonly setBy: readonly string[]
  /** a generator turns sshd's Port and ListenAddress into its addresses at each daemon-reload (Ubuntu 24.04) */
  readonly generator: boolean
  /** KillMode of the service it starts: sessions outlive a stop of the daemon only with `process` */
  readonly killMode: string
  /** with `accept`: the command line of what it starts; empty: it could not be told */
  readonly forEach?: string
}

export interface SshdFacts {
  /** as the program says, e.g. `OpenSSH_9.2p1 Debian-2+deb12u5` */
  readonly version: string
  /** 9.2, 10.0; 0 when it cannot be read */
  readonly release: number
  readonly units: readonly UnitFacts[]
  /** where ssh.socket is one of them */
  readonly socket?: SocketFacts
  readonly files: readonly ConfigFile[]
  readonly directories: readonly { readonly path: string; readonly mtime: number; readonly ctime: number }[]
  /** `sshd -t` on what lies on the disk */
  readonly valid: boolean
  readonly complaint: string
  /** the daemon processes (not sessions) with their arguments; `elsewhere`: another program than the one that was asked */
  readonly daemons: readonly { readonly pid: number; readonly args: readonly string[]; readonly elsewhere?: boolean }[]
  /** options that the environment file of ssh's unit would give it at its next start */
  readonly startOptions: string
  readonly hostKeys: readonly (KeyFacts & { readonly blob: string })[]
  /** where the public half of one should be and no key was found; absent: nowhere */
  readonly unreadHostKeys?: readonly string[]
}

/** One answer of `sshd -T -C ...`: settings by lower-case keyword; repeated ones keep every value. */
export interface EffectiveView {
  readonly user: string
  readonly address: string
  readonly host: string
  readonly localAddress: string
  readonly localPort: number
  readonly settings: Readonly<Record<string, readonly string[]>>
}

export interface EffectiveFacts {
  readonly views: readonly EffectiveView[]
  /** there is a Match somewhere, so views were taken per account and witness; else one view stands for all */
  readonly perAccount: boolean
}

export interface AccountFacts {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
  /** the shell exists and is executable: sshd refuses the login otherwise (nologin counts as a shell) */
  readonly shellRuns: boolean
  readonly groups: readonly string[]
  /** what stands in the shadow field, never the hash itself; `unseen`: it has none here, but may have one elsewhere */
  readonly password:
    | 'unseen'
    | 'none'
    | 'locked'
    | 'star'
    | 'des'
    | 'md5'
    | 'sha1'
    | 'sha256'
    | 'sha512'
    | 'yescrypt'
    | 'bcrypt'
    | 'other'
  /** a `!` before a hash */
  readonly passwordLocked: boolean
  /** the day (since 1970) it expires, or null */
  readonly expires: number | null
  /** chage -d 0: must change the password at the next login */
  readonly mustChange: boolean
}

export interface KeyFacts {
  readonly type: string
  readonly bits: number
  readonly fingerprint: string
  readonly comment: string
  readonly path: string
}

export interface AuthorizedKeyFacts extends KeyFacts {
  readonly account: string
  readonly line: number
  /** options before the key, as written: from=, command=, restrict, cert-authority */
  readonly options: string
}

export interface PathFacts {
  readonly path: string
  readonly account: string
  readonly mode: number
  readonly owner: string
  readonly kind: 'file' | 'directory' | 'link' | 'other'
}

export interface LoginKeyFacts {
  readonly keys: readonly AuthorizedKeyFacts[]
  /** homes, .ssh and key files with their modes */
  readonly paths: readonly PathFacts[]
  /** lines that are no comment and in which no key was found; absent: none */
  readonly unread?: readonly { readonly account: string; readonly path: string; readonly line: number }[]
}

export interface PrivateKeyFacts {
  readonly account: string
  readonly path: string
  readonly encrypted: boolean
  /** `openssh`, `pem` (old, quickly guessed passphrase), `pkcs8`; the rest only of the operator's own */
  readonly format: 'openssh' | 'pem' | 'pkcs8' | 'putty-2' | 'putty-3' | 'ssh.com' | 'ssh-1' | 'unknown'
  readonly type: string
  readonly bits: number
  readonly fingerprint: string
  /** where in its file it begins; only of the operator's own */
  readonly line?: number
}

/** A place that may hold keys and was not looked at to the end. */
export interface UnreadFacts {
  readonly path: string
  readonly why: 'denied' | 'too-large' | 'too-many'
}

export interface SudoRule {
  readonly runAs: string
  /** without their colon; options before them as written: `CWD=/srv` */
  readonly tags: readonly string[]
  readonly commands: string
}

export interface SudoFacts {
  readonly installed: boolean
  /** `sudo -l -U` per account, rules in their order: the last that matches counts */
  readonly accounts: Readonly<
    Record<string, { readonly rules: readonly SudoRule[]; readonly defaults: readonly string[] }>
  >
  /** Defaults that hold for root, so for whoever comes; only looked at before a change */
  readonly defaults: readonly string[]
  /** /etc/sudoers reads /etc/sudoers.d */
  readonly readsDropIns: boolean
  /** whom doas lets become root without a password, `:wheel` is a group; `!anna`: no longer. The last that fits counts */
  readonly doasNopass: readonly string[]
  /** a group that su trusts (pam_wheel trust); empty where it names none: then it is wheel, or the group with the number 0 where there is no wheel */
  readonly suTrustGroup: string | null
}

export interface ListenerFacts {
  readonly address: string
  readonly port: number
  readonly process: string
  readonly pid: number
}

export interface ListenFacts {
  readonly tcp: readonly ListenerFacts[]
  /** first line a port said within a second, where it began with SSH- */
  readonly sshGreetings: readonly { readonly port: number; readonly line: string }[]
  /** ports that enabled sockets and services would take at the next boot, where units say so */
  readonly socketUnits: readonly { readonly unit: string; readonly listen: string }[]
}

export interface FirewallFacts {
  readonly ufw: 'absent' | 'inactive' | 'active' | 'unknown'
  readonly firewalld: 'absent' | 'inactive' | 'active'
  /** input base chains in the live nftables ruleset, with policy and whether they hold a drop or reject */
  readonly chains: readonly {
    readonly family: string
    readonly table: string
    readonly chain: string
    readonly policy: string
    readonly refuses: boolean
    /** what becomes of a packet that no rule names; `unclear`: a drop stands behind a condition of its own */
    readonly rest?: 'refused' | 'let-through' | 'unclear'
  }[]
  readonly zone: string
  /** unit states: nftables, ufw, firewalld, netfilter-persistent */
  readonly units: Readonly<Record<string, string>>
  /** iptables-legacy has rules of its own */
  readonly legacy: boolean
  /** by which family (`ip`, `ip6`) they refuse what no rule of theirs names */
  readonly legacyRefuses?: readonly string[]
  /** an address that others reach by IPv6; absent: not asked, or nothing filters */
  readonly ipv6?: boolean
  /** /etc/nftables.conf, at most 64 KiB of it */
  readonly nftConf: string
  /** there is more of it than was read */
  readonly nftConfCut: boolean
}

export interface UpdateFacts {
  readonly manager: 'apt' | 'other'
  readonly unattendedInstalled: boolean
  /** apt-config values that matter, by name */
  readonly config: Readonly<Record<string, string>>
  readonly origins: readonly string[]
  readonly timerEnabled: boolean
  readonly timerActive: boolean
  /** apt-daily.timer, which renews the lists, is on and runs; absent: not looked at */
  readonly listsTimed?: boolean
  /** what the lists of security archives say of themselves: `archive` is their Suite */
  readonly archives?: readonly {
    readonly origin: string
    readonly label: string
    readonly codename: string
    readonly archive: string
  }[]
  /** packages with a security update waiting; null = could not be asked */
  readonly pendingSecurity: readonly string[] | null
  /** of the oldest list of a security archive; null = there is none */
  readonly listsAgeDays: number | null
}

export interface RebootFacts {
  readonly required: boolean
  readonly packages: readonly string[]
  readonly runningKernel: string
  readonly newestKernel: string
}

export interface GuessGuardFacts {
  readonly fail2ban: {
    readonly installed: boolean
    readonly active: boolean
    readonly enabled: boolean
    /** the sshd jail as the running server answers; null = no such jail */
    readonly jail: {
      readonly ports: readonly string[]
      readonly journal: boolean
      readonly logPaths: readonly string[]
      readonly ignore: readonly string[]
      readonly maxRetry: number
      readonly banTime: number
      readonly banned: readonly string[]
      readonly actions: readonly string[]
      /** those of its log files that are there, and when they were last written to (seconds since 1970); absent: not looked at */
      readonly logs?: readonly { readonly path: string; readonly modified: number }[]
    } | null
  }
  readonly crowdsec: boolean
  /** crowdsec-firewall-bouncer runs; absent: not looked at */
  readonly bouncer?: boolean
  readonly sshguard: boolean
  /** sshd logs to the journal only (no rsyslog file) */
  readonly authLog: boolean
}

export interface ClockFacts {
  readonly synchronised: boolean
  /** nobody there says whether it is: no timedatectl, or no answer of it */
  readonly unanswered?: boolean
  /** the time synchronisation unit that runs, or empty */
  readonly service: string
  readonly active: boolean
  readonly timesyncdInstalled: boolean
  /** seconds by which the server's clock is ahead of the operator's, less what the look itself may have taken; absent: not compared */
  readonly drift?: number
}

export interface LoginTextFacts {
  /** per distinct Banner path in effect: its content, cut at 4 KiB */
  readonly banners: readonly { readonly path: string; readonly content: string; readonly cut?: boolean }[]
  /** paths of which there is no file, so that sshd shows nothing; absent: none */
  readonly missing?: readonly string[]
}

export interface SecretFile extends PathFacts {
  readonly group?: string
}

export interface SecretFileFacts {
  /** and the folders that some of them lie in */
  readonly files: readonly SecretFile[]
}

/** Would the next boot bring the same door? Only looked at before a change. */
export interface NextBootFacts {
  /** what `systemd-analyze verify` says of ssh's own unit as it lies on the disk; empty = nothing */
  readonly unitComplaint: string
  /** system-wide configuration management that runs by itself: puppet, chef, salt, ... */
  readonly managers: readonly string[]
  /** /etc/ssh/sshd_not_to_be_run is there: ssh's unit would not start */
  readonly notToBeRun: boolean
}

/** Whom PAM's account phase may keep out of sshd, and what it asks of whoever logs in. Only looked at before a change. */
export interface PamFacts {
  /** the lines of the account phase, as sshd's stack has them, without their first word */
  readonly account: readonly string[]
  /** pam_access has a rule that denies */
  readonly accessDenies: boolean
  /** /etc/pam.d/sshd as it is, at most 500 lines; empty where there is none */
  readonly sshd: readonly string[]
  /** where the module of a second factor would look: accounts for which a file lies in /var/lib/second-factor */
  readonly factors: readonly string[]
}

/** What PAM asks of a new password. */
export interface PasswordPolicyFacts {
  /** the lines of the password phase, as passwd's stack has them, without their first word */
  readonly pam: readonly string[]
  /** settings of pwquality.conf and its drop-ins, repeated ones included */
  readonly pwquality: readonly { readonly name: string; readonly value: string }[]
}

/** A second factor by code, as PAM asks for it over SSH. No secret is in here, only whether there is one. */
export interface SecondFactorFacts {
  /**
   * the auth lines of sshd's stack in their order, without `auth`, includes followed, `-` in front where a missing
   * module does not count; a substack stands between `substack NAME` and `end substack`; `missing NAME`: no such file
   */
  readonly auth: readonly string[]
  /** which of pam_google_authenticator.so and pam_oath.so are installed */
  readonly modules: readonly string[]
  /** accounts for which the module as it is configured finds a secret */
  readonly enrolled: readonly string[]
}

export interface JournalFacts {
  /** seconds since 1970 of the oldest line that could be read */
  readonly since: number
  /** logins of the last 30 days */
  readonly logins: readonly {
    readonly account: string
    readonly method: string
    readonly address: string
    readonly count: number
  }[]
}

/** What the client itself saw on the wire while it connected. */
export interface WireFacts {
  readonly banner: string
  /** methods the server offered for this account before login */
  readonly methods: readonly string[]
  readonly port: number
  readonly address: string
}

export interface OperatorFacts {
  readonly privateKeys: readonly PrivateKeyFacts[]
  readonly agentKeys: number
  /** what `ssh -Q` of the operator's own client knows */
  readonly knows: Readonly<Record<'cipher' | 'mac' | 'kex' | 'key', readonly string[]>>
  /** the files of their private keys and the folders these lie in; nothing where modes say nothing (Windows) */
  readonly paths?: readonly PathFacts[]
  readonly unread?: readonly UnreadFacts[]
}

/** One password, and what is known of it; never the password itself, nor anything that it could be found from. */
export interface PasswordFacts {
  /** distinct and stable: group path and title in a vault */
  readonly key: string
  readonly title: string
  readonly user: string
  /** hosts of its addresses in lower case: no scheme, user or query */
  readonly hosts: readonly string[]
  /** how many guesses it withstands, as the power of ten; null = not judged for strength */
  readonly guesses: number | null
  /** how often it stands in known leaks; null = not looked up, or the list gave no sure answer */
  readonly leaked: number | null
  /** keys of others with the very same password, and of those with nearly the same; 20 of each at most */
  readonly sameAs: readonly string[]
  readonly nearlyAs: readonly string[]
  /** seconds since 1970; null = not known */
  readonly changed: number | null
  /** the entry holds the secret of a second factor */
  readonly secondFactor: boolean
  /** second factors that its site offers, e.g. `totp`; empty = the site is known and offers none; null = not known */
  readonly offers: readonly string[] | null
}

/** The vault itself: how hard it is to open by guessing, and what of it was not judged. */
export interface VaultFacts {
  readonly path: string
  /** 3.1, 4.0, 4.1 */
  readonly format: string
  readonly kdf: 'argon2d' | 'argon2id' | 'aes-kdf'
  readonly rounds: number
  /** Argon2 only; else 0 */
  readonly memoryKiB: number
  readonly lanes: number
  readonly keyFile: boolean
  /** its own password; null = it has none, or none that could be compared */
  readonly own: Pick<PasswordFacts, 'guesses' | 'leaked' | 'sameAs' | 'nearlyAs'> | null
  /** the list of what sites offer: whether it could be used, its SHA-256 and how many sites it has */
  readonly sites: {
    readonly state: 'known' | 'absent' | 'implausible' | 'changed'
    readonly digest: string
    readonly count: number
  }
  /** entries that were judged, and those that were left out on purpose */
  readonly judged: number
  readonly leftOut: {
    readonly bin: number
    readonly templates: number
    readonly empty: number
    /** expired, by key */
    readonly expired: readonly string[]
    /** excluded from strength by the person (QualityCheck) */
    readonly excluded: number
    /** their password is a reference that leads nowhere */
    readonly broken: number
  }
}

export interface Sections {
  readonly system: SystemFacts
  readonly sshd: SshdFacts
  readonly effective: EffectiveFacts
  readonly accounts: readonly AccountFacts[]
  readonly loginKeys: LoginKeyFacts
  readonly privateKeys: readonly PrivateKeyFacts[]
  readonly sudo: SudoFacts
  readonly listeners: ListenFacts
  readonly firewall: FirewallFacts
  readonly updates: UpdateFacts
  readonly reboot: RebootFacts
  readonly guessGuard: GuessGuardFacts
  readonly clock: ClockFacts
  readonly loginText: LoginTextFacts
  readonly secretFiles: SecretFileFacts
  readonly nextBoot: NextBootFacts
  readonly pam: PamFacts
  readonly passwordPolicy: PasswordPolicyFacts
  readonly secondFactor: SecondFactorFacts
  readonly journal: JournalFacts
  readonly wire: WireFacts
  readonly operator: OperatorFacts
  readonly passwords: readonly PasswordFacts[]
  readonly vault: VaultFacts
}

export type SectionName = keyof Sections

export type SeenSections<N extends SectionName> = { readonly [K in N]: Sections[K] }

export interface Facts {
  readonly schema: 'riegel.facts/1'
  readonly riegel: string
  readonly target: string
  /** ISO time on the client */
  readonly takenAt: string
  readonly durationMs: number
  readonly sections: { readonly [K in SectionName]: Section<Sections[K]> }
}
