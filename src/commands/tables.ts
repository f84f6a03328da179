// Every option of every command, as data: what the command line takes, and what `--help` must name.

const flag = { type: 'boolean' } as const
const word = { type: 'string' } as const
const words = { type: 'string', multiple: true } as const

/** What every command takes. */
export const everywhere = {
  lang: word,
  format: word,
  output: word,
  plain: flag,
  'no-color': flag,
  quiet: flag,
  verbose: flag,
  help: flag,
  'host-key': word,
} as const

/** ssh's own options, by their letters, in the order in which they are handed on. */
export const ssh = {
  p: { ...words, short: 'p' },
  i: { ...words, short: 'i' },
  J: { ...words, short: 'J' },
  F: { ...words, short: 'F' },
  o: { ...words, short: 'o' },
} as const

const server = { ...everywhere, ...ssh, 'sudo-password-file': word, 'totp-secret-file': word } as const
const selection = { only: words, skip: words } as const
const consent = { yes: flag, allow: words, plan: flag, 'plan-digest': word, lease: word } as const

/** A vault to put something into, and what opens it. */
const vaultPlace = { vault: word, 'password-file': word, 'key-file': word } as const

/** Where leaks, and in a vault what its sites offer, are looked up. */
const lookups = { leaks: word, offline: flag, 'leak-service': word, consent: words } as const

export type Table = Readonly<
  Record<string, { readonly type: 'boolean' | 'string'; readonly multiple?: true; readonly short?: string }>
>

export const tables = {
  audit: {
    ...server,
    ...selection,
    'fail-on': word,
    'save-facts': word,
    facts: word,
    'show-script': flag,
    'no-outside': flag,
  },
  harden: {
    ...server,
    ...selection,
    ...consent,
    user: word,
    key: words,
    'new-port': word,
    sudo: word,
    'save-sudo-password': word,
    ...vaultPlace,
    'prove-also': words,
    'show-script': flag,
  },
  undo: { ...server, ...consent, only: words },
  'second-factor': {
    ...server,
    ...consent,
    totp: flag,
    'hardware-key': flag,
    key: words,
    disable: flag,
    'recovery-codes-file': word,
    ...vaultPlace,
    except: words,
    'no-qr': flag,
    'qr-file': word,
  },
  history: server,
  password: {
    ...everywhere,
    ...selection,
    ...lookups,
    'fail-on': word,
    check: flag,
    ...vaultPlace,
    title: word,
    user: word,
    length: word,
    words: word,
  },
  vault: {
    ...everywhere,
    ...selection,
    ...lookups,
    'fail-on': word,
    'password-file': word,
    'key-file': word,
    directory: word,
    'save-facts': word,
  },
  leaks: everywhere,
  key: {
    ...server,
    ...selection,
    against: word,
    'fail-on': word,
    make: word,
    agent: flag,
    fix: flag,
    'drop-backup': flag,
    'password-file': word,
  },
  explain: everywhere,
  rules: everywhere,
} as const satisfies Readonly<Record<string, Table>>

export type CommandName = keyof typeof tables
