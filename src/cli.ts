import { parseArgs } from 'node:util'
import { audit } from './commands/audit.js'
import { type Context, emit, type Format, type Options } from './commands/context.js'
import { explain } from './commands/explain.js'
import { harden } from './commands/harden.js'
import { firstContact, helpFor, overview } from './commands/help.js'
import { history } from './commands/history.js'
import { listRules, nearest } from './commands/rules.js'
import { undo } from './commands/undo.js'
import { type Lang, type Text, text } from './model/text.js'
import { Trouble } from './model/trouble.js'
import { troubleText } from './report/trouble.js'
import { version } from './riegel.js'

const flag = { type: 'boolean' } as const
const word = { type: 'string' } as const
const words = { type: 'string', multiple: true } as const

const everywhere = {
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

const ssh = {
  p: { ...words, short: 'p' },
  i: { ...words, short: 'i' },
  J: { ...words, short: 'J' },
  F: { ...words, short: 'F' },
  o: { ...words, short: 'o' },
} as const

const selection = { only: words, skip: words } as const

type Table = Readonly<
  Record<string, { readonly type: 'boolean' | 'string'; readonly multiple?: true; readonly short?: string }>
>

interface Command {
  readonly options: Table
  /** how many words it takes, at most */
  readonly takes: number
  run(context: Context, words: readonly string[]): number | Promise<number>
}

/** `20261124-190201-kq7m`; anything else is a target (interface.md). */
const isId = (one: string): boolean => /^\d{8}-\d{6}-[a-z0-9]{4}$/.test(one)

const commands: Readonly<Record<string, Command>> = {
  audit: {
    options: {
      ...everywhere,
      ...ssh,
      ...selection,
      'fail-on': word,
      'save-facts': word,
      facts: word,
      'show-script': flag,
      'no-outside': flag,
      'sudo-password-file': word,
    },
    takes: 1,
    run: (context, [target]) => audit(context, target),
  },
  harden: {
    options: {
      ...everywhere,
      ...ssh,
      ...selection,
      user: word,
      key: words,
      'new-port': word,
      sudo: word,
      'save-sudo-password': word,
      'sudo-password-file': word,
      yes: flag,
      allow: words,
      'prove-also': words,
      lease: word,
      plan: flag,
      'plan-digest': word,
      'show-script': flag,
    },
    takes: 1,
    run: (context, [target]) => harden(context, target),
  },
  undo: {
    options: {
      ...everywhere,
      ...ssh,
      yes: flag,
      allow: words,
      plan: flag,
      'plan-digest': word,
      lease: word,
      'sudo-password-file': word,
    },
    takes: 2,
    run: (context, given) =>
      undo(
        context,
        given.find(one => !isId(one)),
        given.find(isId),
      ),
  },
  history: {
    options: { ...everywhere, ...ssh, 'sudo-password-file': word },
    takes: 1,
    run: (context, [target]) => history(context, target),
  },
  explain: { options: everywhere, takes: 1, run: (context, [topic]) => explain(context, topic ?? '') },
  rules: { options: everywhere, takes: 0, run: context => listRules(context) },
}

const usage = (words: Text, hint: Text): Trouble => new Trouble('usage', words, hint)

/** The language before anything was parsed: from the option if it stands there, else from the locale. */
const languageOf = (argv: readonly string[]): Lang => {
  const at = argv.indexOf('--lang')
  const given = at >= 0 ? argv[at + 1] : argv.find(one => one.startsWith('--lang='))?.slice(7)
  if (given === 'de' || given === 'en') return given
  const locale = [process.env['LC_ALL'], process.env['LC_MESSAGES'], process.env['LANG']].find(one => one) ?? ''
  return locale === '' || locale === 'C' || locale.startsWith('C.') || locale === 'POSIX'
    ? Intl.DateTimeFormat().resolvedOptions().locale.startsWith('de')
      ? 'de'
      : 'en'
    : locale.startsWith('de')
      ? 'de'
      : 'en'
}

interface Parsed {
  readonly positionals: readonly string[]
  readonly options: Options
}

/** Reads the words by the command's own table. Throws Trouble `usage`. */
const parse = (name: string, table: Table, argv: readonly string[]): Parsed => {
  const unknown = (option: string): Trouble => {
    const near = nearest(
      option,
      Object.keys(table)
        .filter(one => one.length > 1)
        .map(one => `--${one}`),
    )
    return usage(
      text(`riegel ${name} kennt ${option} nicht`, `riegel ${name} does not know ${option}`),
      text(`Meintest du ${near}? Alle: riegel ${name} --help`, `Did you mean ${near}? All: riegel ${name} --help`),
    )
  }
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({
      args: [...argv],
      options: table as NonNullable<Parameters<typeof parseArgs>[0]>['options'] & {},
      allowPositionals: true,
      strict: true,
      tokens: true,
    })
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    const option = /'(-[^' ,]*)/.exec(said)?.[1] ?? ''
    if (/Unknown option/.test(said)) throw unknown(option)
    throw usage(
      text(`${option || name}: so geht das nicht`, `${option || name}: not like this`),
      text(`Hilfe: riegel ${name} --help`, `Help: riegel ${name} --help`),
    )
  }
  for (const token of parsed.tokens ?? [])
    if (token.kind === 'option' && token.rawName.startsWith('--') && token.name.length === 1)
      throw unknown(token.rawName)
  const { values } = parsed
  const list = (key: string): readonly string[] => {
    const value = values[key]
    return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
  }
  const letters = (parsed.tokens ?? []).flatMap(token =>
    token.kind === 'option' && token.name in ssh ? [`-${token.name}`, String(token.value)] : [],
  )
  return {
    positionals: parsed.positionals,
    options: { one: key => list(key).at(-1), many: list, flag: key => values[key] === true, ssh: letters },
  }
}

const formatOf = (given: string | undefined): Format => {
  if (given === undefined || given === 'terminal') return 'terminal'
  if (given === 'json') return 'json'
  throw usage(
    text(`--format ${given} gibt es noch nicht`, `--format ${given} is not built yet`),
    text('terminal oder json', 'terminal or json'),
  )
}

const contextOf = (options: Options, lang: Lang, stop: AbortSignal): Context => {
  const given = options.one('lang')
  if (given !== undefined && given !== 'de' && given !== 'en')
    throw usage(text(`--lang ${given} gibt es nicht`, `There is no --lang ${given}`), text('de oder en', 'de or en'))
  const plain = options.flag('plain') || process.env['TERM'] === 'dumb'
  const format = formatOf(options.one('format'))
  return {
    lang,
    format,
    output: options.one('output'),
    color:
      !plain &&
      !options.flag('no-color') &&
      !process.env['NO_COLOR'] &&
      process.stdout.isTTY === true &&
      options.one('output') === undefined,
    width: process.stdout.columns ?? 80,
    quiet: options.flag('quiet'),
    verbose: options.flag('verbose'),
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    live: process.stderr.isTTY === true && !plain,
    events: format === 'json' && process.stderr.isTTY !== true,
    now: () => new Date(),
    stop,
    options,
  }
}

const run = async (argv: readonly string[], lang: Lang, stop: AbortController): Promise<number> => {
  const [name = '', ...rest] = argv[0] === '--lang' ? [...argv.slice(2), ...argv.slice(0, 2)] : argv
  if (name === '') {
    process.stdout.write(firstContact[lang])
    return 0
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview[lang])
    return 0
  }
  if (name === '--version') {
    process.stdout.write(`${version}\n`)
    return 0
  }
  const command = commands[name]
  if (!command || !Object.hasOwn(commands, name))
    throw usage(
      text(`Den Befehl ${name} gibt es nicht`, `There is no command ${name}`),
      text(
        `Meintest du riegel ${nearest(name, Object.keys(commands))}? Alle: riegel --help`,
        `Did you mean riegel ${nearest(name, Object.keys(commands))}? All: riegel --help`,
      ),
    )
  if (rest.includes('--help')) {
    process.stdout.write(helpFor(name)[lang])
    return 0
  }
  const { positionals, options } = parse(name, command.options, rest)
  const context = contextOf(options, lang, stop.signal)
  const many = positionals[command.takes]
  if (many !== undefined)
    throw usage(
      text(`riegel ${name} nimmt „${many}“ nicht auch noch`, `riegel ${name} does not take "${many}" as well`),
      text(`Hilfe: riegel ${name} --help`, `Help: riegel ${name} --help`),
    )
  return command.run(context, positionals)
}

const json = (argv: readonly string[]): boolean =>
  (argv.includes('--format=json') || argv[argv.indexOf('--format') + 1] === 'json') && process.stderr.isTTY !== true

const main = async (): Promise<number> => {
  const argv = process.argv.slice(2)
  const lang = languageOf(argv)
  const stop = new AbortController()
  let pressed = 0
  process.on('SIGINT', () => {
    pressed += 1
    // the first press takes everything back in order; the second leaves it to the guard on the server
    if (pressed > 1) process.exit(4)
    stop.abort()
  })
  process.stdout.on('error', error => {
    // whoever read us has read enough
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    return await run(argv, lang, stop)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (json(argv)) emit({ event: 'error', code: error.code, text: error.text, hint: error.hint })
    else process.stderr.write(troubleText(error, lang))
    return 2
  }
}

main().then(
  code => {
    process.exitCode = code
  },
  error => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.stderr.write('This is a mistake in Riegel. Please report it with the lines above.\n')
    process.exitCode = 2
  },
)
