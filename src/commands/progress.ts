import type { Plan } from '../model/plan.js'
import type { OutcomeStep } from '../model/report.js'
import { printable } from '../model/shell.js'
import { fill, type Text, text } from '../model/text.js'
import { type Context, emit } from './context.js'
import { Waiting } from './waiting.js'

/** The states in a person's words (screens.md 3): what is so now, in the order it comes. */
const words: Readonly<Record<string, readonly [Text, Text]>> = {
  staged: [
    text('vorbereitet', 'prepared'),
    text('Zustand gesichert, neue Einstellungen mit sshd -t geprüft', 'state saved, new settings checked with sshd -t'),
  ],
  armed: [
    text('bewacht', 'guarded'),
    text(
      'ab jetzt nimmt der Server von selbst zurück, wenn etwas abreißt',
      'from now on the server takes back by itself if anything breaks off',
    ),
  ],
  widened: [text('geöffnet', 'opened'), text('{open}', '{open}')],
  proven: [
    text('bewiesen', 'proven'),
    text('als {user} über {port} angemeldet und root geworden', 'logged in as {user} on {port} and became root'),
  ],
  narrowed: [text('verriegelt', 'bolted'), text('{close}', '{close}')],
  'proven-again': [
    text('bewiesen', 'proven'),
    text(
      '{user} kommt hinein; was gesperrt sein soll, wird abgewiesen',
      '{user} gets in; what should be shut is refused',
    ),
  ],
  confirmed: [
    text('bestätigt', 'confirmed'),
    text('gilt auf Dauer, die Wache ist abgebaut', 'for good, the guard is gone'),
  ],
  undoing: [text('nicht bewiesen', 'not proven'), text('{note}', '{note}')],
  lost: [text('abgerissen', 'lost'), text('{note}', '{note}')],
  'rolled-back': [
    text('zurückgenommen', 'taken back'),
    text('alles wie vorher, nachgeprüft', 'all as before, checked'),
  ],
  stuck: [text('steckt fest', 'stuck'), text('Zurücknehmen gelang nicht ganz', 'taking back did not fully succeed')],
  unknown: [text('ungewiss', 'unknown'), text('der Ausgang ließ sich nicht lesen', 'the outcome could not be read')],
  refused: [text('abgelehnt', 'refused'), text('nichts wurde geändert', 'nothing was changed')],
  after: [text('danach', 'after'), text('{note}', '{note}')],
}

/** What comes after a state, for the line that shows while it lasts. */
const next: Readonly<Record<string, Text>> = {
  '': text('sichert den Zustand', 'saving the state'),
  staged: text('stellt die Wache auf', 'starting the guard'),
  armed: text('öffnet', 'opening'),
  widened: text('meldet sich neu an', 'logging in afresh'),
  proven: text('verriegelt', 'bolting'),
  narrowed: text('probiert, was offen und was gesperrt ist', 'trying what is open and what is shut'),
  'proven-again': text('bestätigt', 'confirming'),
  confirmed: text('macht das Übrige und sieht noch einmal nach', 'doing the rest and looking once more'),
  after: text('macht das Übrige und sieht noch einmal nach', 'doing the rest and looking once more'),
  undoing: text('nimmt zurück', 'taking back'),
  lost: text('fragt den Server, wie es ausging', 'asking the server how it ended'),
}

const openOf = ({ choices, ports }: Plan): Text => {
  const added = ports.after.filter(port => !ports.before.includes(port)).join(', ')
  const beside = ports.before.join(', ')
  const { name } = choices.account
  return added === ''
    ? text(`${name}, Schlüssel`, `${name}, key`)
    : text(`${name}, Schlüssel, Port ${added} neben ${beside}`, `${name}, key, port ${added} beside ${beside}`)
}

const closeOf = ({ steps, ports }: Plan): Text => {
  const closes = (rule: string) =>
    steps.some(step => step.change.stage === 'close' && step.rules.some(id => id === rule))
  const gone = ports.before.filter(port => !ports.after.includes(port)).join(', ')
  const list = (root: string, passwords: string, port: string, rest: string) => {
    const words = [
      ...(closes('root/ssh-login') ? [root] : []),
      ...(closes('keys/password-login') ? [passwords] : []),
      ...(gone === '' ? [] : [`${port} ${gone}`]),
    ]
    return words.length === 0 ? rest : words.join(', ')
  }
  return text(list('root', 'Passwörter', 'Port', 'wie geplant'), list('root', 'passwords', 'port', 'as planned'))
}

/** Tells every state as it is reached, and keeps them for the outcome document. */
export class Progress {
  readonly steps: OutcomeStep[] = []
  readonly #context: Context
  readonly #plan: Plan
  readonly #began: number
  readonly #waiting: Waiting
  readonly #narrowed: Text | undefined
  #announce: string

  /**
   * `announce` is said when the first state is reached: a plan that nobody was asked about, and that is now carried out.
   * `narrowed` is said of that state, where what is done there is not a bolting.
   */
  constructor(context: Context, plan: Plan, announce = '', narrowed?: Text) {
    this.#narrowed = narrowed
    this.#context = context
    this.#plan = plan
    this.#announce = announce
    this.#began = performance.now()
    this.#waiting = new Waiting(context)
    this.#waiting.begin(next['']!)
  }

  end(): void {
    this.#waiting.end()
  }

  tell(state: string, note?: Text): void {
    const at = this.#context.now().toISOString()
    this.steps.push({ state, at, ...(note && { note }) })
    if (this.#context.events) {
      emit({ event: 'state', state, at, ...(note && { note }) })
      return
    }
    if (this.#context.quiet) return
    this.#waiting.end()
    process.stderr.write(this.#announce === '' ? '' : `${this.#announce}\n`)
    this.#announce = ''
    const own: readonly [Text, Text] | undefined =
      state === 'narrowed' && this.#narrowed ? [text('getan', 'done'), this.#narrowed] : words[state]
    const [name, template] = own ?? [text(state, state), text('{note}', '{note}')]
    const plan = this.#plan
    const says = fill(template, {
      user: plan.choices.account.name,
      port: plan.ports.after.join(', '),
      open: openOf(plan),
      close: closeOf(plan),
      note: note ?? text('', ''),
    })
    const { lang } = this.#context
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(0)
    const end = ['confirmed', 'rolled-back'].includes(state) ? `      ${seconds} s` : ''
    process.stderr.write(printable(`  ${name[lang].padEnd(15)} ${says[lang]}${end}\n`))
    const coming = next[state]
    if (coming) this.#waiting.begin(coming)
  }
}
