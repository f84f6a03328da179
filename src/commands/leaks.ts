import { existsSync } from 'node:fs'
import { json } from '../model/shell.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { type Context, note } from './context.js'

const million = (bytes: number, lang: 'de' | 'en'): string =>
  (bytes / 1e6).toLocaleString(lang === 'de' ? 'de-DE' : 'en-US', { maximumFractionDigits: 0 })

/** `riegel leaks pack FILE`: the compact form of a leak list. Gives the exit code. */
export const leaks = async (context: Context, word: string | undefined, list: string | undefined): Promise<number> => {
  if (word !== 'pack' || list === undefined)
    throw new Trouble(
      'usage',
      text('Gebraucht wird: riegel leaks pack DATEI', 'Needed: riegel leaks pack FILE'),
      text('Hilfe: riegel leaks --help', 'Help: riegel leaks --help'),
    )
  const to = context.output ?? `${list.replace(/(?<=.)[/\\]+$/, '')}.rgl1`
  if (existsSync(to))
    throw new Trouble(
      'file-exists',
      text(`${to} gibt es schon`, `${to} exists already`),
      text('Überschrieben wird nichts: --output DATEI', 'Nothing is overwritten: --output FILE'),
    )
  const [{ packLeaks }, { errorRate }, { Waiting }] = await Promise.all([
    import('../passwords/leak-pack.js'),
    import('../passwords/leak-compact.js'),
    import('./waiting.js'),
  ])
  const line = new Waiting(context)
  let shown = -1
  const progress = (share: number) => {
    const percent = Math.floor(share * 100)
    if (percent === shown) return
    shown = percent
    line.say(text(`packt ${list}, ${percent} %`, `packing ${list}, ${percent} %`))
  }
  line.begin(text(`packt ${list}`, `packing ${list}`))
  const packed = await packLeaks(list, to, progress).finally(() => line.end())
  const rate = errorRate(packed.rows)
  if (context.format === 'json') process.stdout.write(`${json({ file: to, ...packed, errorRate: rate }, 2)}\n`)
  else process.stdout.write(`${to}\n`)
  const one = `10^${Math.floor(-Math.log10(rate))}`
  note(
    context,
    text(
      `${packed.rows.toLocaleString('de-DE')} Hashes, vollständig und in Ordnung; ${million(packed.bytes, 'de')} MB. Ein Passwort, das in keinem Leak steht,
wird darin mit weniger als 1 zu ${one} gefunden; wie oft eines vorkam, steht nicht mehr darin.`,
      `${packed.rows.toLocaleString('en-US')} hashes, complete and in order; ${million(packed.bytes, 'en')} MB. A password that is in no leak is found in it
less than once in ${one}; how often one came up is no longer in it.`,
    ),
  )
  return 0
}
