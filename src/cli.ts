import { isatty } from 'node:tty'
import { parseArgs } from 'node:util'
import { type Context, checkOutput, emit, type Format, type Options } from './commands/context.js'
import { firstContact, helpFor, overview } from './commands/help.js'
import { nearest } from './commands/nearest.js'
import { type CommandName, everywhere, ssh, type Table, tables } from './commands/tables.js'
import { printable } from './model/shell.js'
import { Lost } from './model/target.js'
import { type Lang, type Text, text } from './model/text.js'
import { Trouble } from './model/trouble.js'
import { version } from './model/version.js'
import { troubleText } from './report/trouble.js'

interface Command {
  /** how many words it takes, at most */
  readonly takes: number
  run(context: Context, words: readonly string[]): number | Promise<number>
}

/** `20261124-190201-kq7m`; anything else is a target (interface.md). */
const isId = (one: string): boolean => /^\d{8}-\d{6}-[a-z0-9]{4}$/.test(one)

// each command's file is loaded when it is asked for: a third of the time of a start
const commands: Readonly<Record<CommandName, Command>> = {
  audit: { takes: 1, run: async (context, [target]) => (await import('./commands/audit.js')).audit(context, target) },
  harden: {
    takes: 1,
    run: async (context, [target]) => (await import('./commands/harden.js')).harden(context, target),
  },
  undo: {
    takes: 2,
    run: async (context, given) => {
      const { undo } = await import('./commands/undo.js')
      return undo(
        context,
        given.find(one => !isId(one)),
        given.find(isId),
      )
    },
  },
  'second-factor': {
    takes: 1,
    run: async (context, [target]) => (await import('./commands/second-factor.js')).secondFactor(context, target),
  },
  history: {
    takes: 1,
    run: async (context, [target]) => (await import('./commands/history.js')).history(context, target),
  },
  password: { takes: 0, run: async context => (await import('./commands/password.js')).password(context) },
  vault: { takes: 1, run: async (context, [file]) => (await import('./commands/vault.js')).vault(context, file) },
  leaks: {
    takes: 2,
    run: async (context, [word, file]) => (await import('./commands/leaks.js')).leaks(context, word, file),
  },
  key: {
    takes: Number.POSITIVE_INFINITY,
    run: async (context, places) => (await import('./commands/key.js')).key(context, places),
  },
  explain: {
    takes: 1,
    run: async (context, [topic]) => (await import('./commands/explain.js')).explain(context, topic ?? ''),
  },
  rules: { takes: 0, run: async context => (await import('./commands/rules.js')).listRules(context) },
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name)

const usage = (words: Text, hint: Text): Trouble => new Trouble('usage', words, hint)

/** The language before anything was parsed: from the option if it stands there, else from the locale. */
const languageOf = (argv: readonly string[]): Lang => {
  const at = argv.indexOf('--lang')
  const given = at >= 0 ? argv[at + 1] : argv.find(one => one.startsWith('--lang='))?.slice(7)
  if (given === 'de' || given === 'en') return given
  const locale = [process.env['LC_ALL'], process.env['LC_MESSAGES'], process.env['LANG']].find(one => one) ?? ''
  const none = locale === '' || locale === 'C' || locale.startsWith('C.') || locale === 'POSIX'
  // where the system itself has a language, beside the environment; asking for it costs a sixth of a start
  const said =
    none && ['win32', 'darwin'].includes(process.platform) ? Intl.DateTimeFormat().resolvedOptions().locale : locale
  return said.startsWith('de') ? 'de' : 'en'
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
      text(`${option || name}: ungültige Angabe`, `${option || name}: not valid`),
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

const contextOf = (options: Options, lang: Lang, interruption: Interruption): Context => {
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
      isatty(1) &&
      options.one('output') === undefined,
    width: isatty(1) ? (process.stdout.columns ?? 80) : 80,
    quiet: options.flag('quiet'),
    verbose: options.flag('verbose'),
    // asked of the system: Node's own stdin alone takes longer to make than all options to read
    canAsk: isatty(0) && isatty(2),
    live: isatty(2) && !plain,
    events: format === 'json' && !isatty(2),
    now: () => new Date(),
    stop: interruption.stop.signal,
    hold: () => {
      interruption.held = true
    },
    release: () => {
      Object.assign(interruption, { held: false, done: true, pressed: 0 })
    },
    options,
  }
}

/** What Ctrl+C does: ends at once while nothing is being changed; later it asks for everything to be taken back. */
interface Interruption {
  readonly stop: AbortController
  held: boolean
  /** what the command was for is done and good; what is offered after it may be left */
  done: boolean
  pressed: number
  /** the result could not be written: the disk is full */
  unwritten: boolean
}

/** Options may stand in front of the command too: they are put behind it. */
const commandFirst = (argv: readonly string[]): readonly string[] => {
  const at = argv.findIndex((word, index) => !word.startsWith('-') && !takesWord(argv[index - 1]))
  return at <= 0 ? argv : [argv[at]!, ...argv.slice(0, at), ...argv.slice(at + 1)]
}

/** Is the next word this option's value? */
const takesWord = (option: string | undefined): boolean =>
  option !== undefined &&
  Object.entries({ ...everywhere, ...ssh }).some(
    ([name, { type }]) => type === 'string' && option === (name.length === 1 ? `-${name}` : `--${name}`),
  )

const show = (words: string): number => {
  process.stdout.write(words)
  return 0
}

const run = async (argv: readonly string[], lang: Lang, interruption: Interruption): Promise<number> => {
  const [name = '', ...rest] = commandFirst(argv)
  const asked = [name, ...rest]
  if (name === 'help') return show(helpFor(rest[0] ?? '')[lang])
  if (name === '' || name.startsWith('-')) {
    if (asked.includes('--version')) return show(`${version}\n`)
    if (asked.includes('--help') || name === '-h') return show(overview[lang])
    const [option] = asked.filter((word, at) => word.startsWith('-') && !takesWord(asked[at - 1]))
    if (option !== undefined && !['--lang', '--format'].includes(option.replace(/=.*/, '')))
      throw usage(
        text(`${option}: dazu fehlt ein Befehl`, `${option}: a command is missing`),
        text('Alle: riegel --help', 'All: riegel --help'),
      )
    return show(firstContact[lang])
  }
  if (!isCommand(name))
    throw usage(
      text(`Den Befehl ${name} gibt es nicht`, `There is no command ${name}`),
      text(
        `Meintest du riegel ${nearest(name, Object.keys(commands))}? Alle: riegel --help`,
        `Did you mean riegel ${nearest(name, Object.keys(commands))}? All: riegel --help`,
      ),
    )
  if (rest.includes('--help') || rest[0] === '-h') return show(helpFor(name)[lang])
  const command = commands[name]
  const { positionals, options } = parse(name, tables[name], rest)
  const context = contextOf(options, lang, interruption)
  checkOutput(context.output, '--output')
  const many = positionals[command.takes]
  if (many !== undefined)
    throw usage(
      text(`riegel ${name}: „${many}“ ist zu viel`, `riegel ${name} does not take "${many}" as well`),
      text(`Hilfe: riegel ${name} --help`, `Help: riegel ${name} --help`),
    )
  return command.run(context, positionals)
}

const json = (argv: readonly string[]): boolean =>
  argv.some((word, at) => word === '--format=json' || (word === '--format' && argv[at + 1] === 'json')) && !isatty(2)

const tell = (trouble: Trouble, argv: readonly string[], lang: Lang): void => {
  if (json(argv)) emit({ event: 'error', code: trouble.code, text: trouble.text, hint: trouble.hint })
  else process.stderr.write(troubleText(trouble, lang))
}

/** Ctrl+C while nothing is being changed: gone, nothing changed. */
const stopped = new Trouble(
  'stopped',
  text('Abgebrochen, nichts geändert', 'Stopped, nothing changed'),
  text('Noch einmal, wenn du so weit bist', 'Again when you are ready'),
)

const leftAlone = new Trouble(
  'left-alone',
  text(
    'Abgebrochen; was noch nicht bestätigt war, nimmt der Server jetzt von selbst zurück',
    'Broken off; what was not confirmed yet the server now takes back by itself',
  ),
  text('Nach Ablauf der Frist nachsehen: riegel history', 'Look when the lease is over: riegel history'),
)

const tryAgain = text('Noch einmal versuchen', 'Try again')

/** Nothing is told of a server that was not heard to the end. */
const lost: Readonly<Record<Lost['why'], Trouble>> = {
  gone: new Trouble(
    'lost',
    text(
      'Die Verbindung zum Server ist abgerissen; sein Zustand ist unklar',
      'The connection to the server was lost; its state is unknown',
    ),
    tryAgain,
  ),
  silent: new Trouble(
    'lost',
    text(
      'Der Server antwortet nicht mehr; sein Zustand ist unklar',
      'The server has stopped answering; its state is unknown',
    ),
    tryAgain,
  ),
  endless: new Trouble(
    'lost',
    text(
      'Der Server hört nicht auf zu antworten; sein Zustand ist unklar',
      'The server does not stop answering; its state is unknown',
    ),
    text('Von Hand anmelden und nachsehen, was er ausgibt', 'Log in by hand and see what it prints'),
  ),
}

const notWritten = new Trouble(
  'bad-output',
  text('Das Ergebnis ließ sich nicht schreiben', 'The result could not be written'),
  text('Platz schaffen, oder in eine andere Datei schreiben', 'Make room, or write to another file'),
)

const main = async (): Promise<number> => {
  const argv = process.argv.slice(2)
  const lang = languageOf(argv)
  const interruption: Interruption = {
    stop: new AbortController(),
    held: false,
    done: false,
    pressed: 0,
    unwritten: false,
  }
  process.on('SIGINT', () => {
    interruption.pressed += 1
    interruption.stop.abort()
    if (!interruption.held) {
      if (interruption.done) process.exit(0)
      tell(stopped, argv, lang)
      process.exit(2)
    }
    // the first press takes everything back in order; the second leaves it to the guard on the server
    if (interruption.pressed < 2) return
    tell(leftAlone, argv, lang)
    process.exit(4)
  })
  // whoever read us and has read enough: the work goes on, and its end is told by the exit code
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') interruption.unwritten = true
  })
  // there is nowhere left to tell it
  process.stderr.on('error', () => {})
  try {
    const code = await run(argv, lang, interruption)
    // a write that failed is told in the next turn only
    await new Promise(resolve => setImmediate(resolve))
    if (!interruption.unwritten) return code
    tell(notWritten, argv, lang)
    // what was changed is changed, whether or not it could be written down
    return interruption.held || interruption.done ? code : 2
  } catch (error) {
    const trouble = error instanceof Lost ? lost[error.why] : error
    if (!(trouble instanceof Trouble)) throw error
    tell(trouble, argv, lang)
    return 2
  }
}

main().then(
  code => {
    process.exitCode = code
    // all is done: the end of ssh is not waited for. Only where a slow reader has not taken all of it yet Node ends by itself
    if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit()
  },
  error => {
    process.stderr.write(printable(`${error instanceof Error ? error.stack : String(error)}\n`))
    process.stderr.write('This is a mistake in Riegel. Please report it with the lines above.\n')
    process.exitCode = 2
  },
)
