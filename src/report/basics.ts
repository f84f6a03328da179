import { areas } from '../model/areas.js'
import { type Basic, basics } from '../model/basics.js'
import type { SectionName } from '../model/facts.js'
import type { BasicState, Report, Subject } from '../model/report.js'
import { type Lang, text } from '../model/text.js'
import { type Layout, pad, painted, style, wrap } from './layout.js'
import { stateColor, stateColumn, stateWords } from './words.js'

/** Basics that promise more than was looked at; there the brackets say how far the word in front reaches. */
const reach: Readonly<Partial<Record<Basic, readonly SectionName[]>>> = {
  ports: ['sshd', 'effective'],
  names: ['accounts'],
  disclosure: ['sshd', 'effective', 'loginText'],
  passwords: ['accounts', 'secretFiles'],
  exposure: ['firewall'],
}

const of = {
  passwords: text(' (nur dieses)', ' (only this one)'),
  vault: text(' (im Tresor)', ' (in the vault)'),
  keys: text(' (deine eigenen)', ' (your own)'),
} as const
const unlooked = text(' (nur dieses; nicht angesehen: ob einmalig)', ' (only this one; not looked at: whether unique)')

const looked = ({ basic, state, looked: seen }: BasicState, lang: Lang, subject: Subject): string => {
  // whether one is used twice only a vault shows
  if (subject !== 'server') return (state === 'met' && subject === 'passwords' ? unlooked : of[subject])[lang]
  const names = (reach[basic] ?? []).filter(name => seen.includes(name)).map(name => areas[name][lang])
  if (names.length === 0 || state === 'unknown') return ''
  // "long, unique, in no leak: met" without a look into the vault would be a false "fine"
  if (basic === 'passwords' && state === 'met')
    return lang === 'de' ? ' (nur Systemkonten: keines leer)' : ' (only system accounts: none empty)'
  const only = basic === 'passwords' ? (lang === 'de' ? 'nur ' : 'only ') : ''
  return ` (${only}${[...new Set(names)].join(', ')})`
}

export const basicName = (state: BasicState, lang: Lang, subject: Subject = 'server'): string =>
  `${basics[state.basic][lang]}${looked(state, lang, subject)}`

/** One line per basic: its state, its name, how far was looked. */
export const basicLines = (
  report: Report,
  lang: Lang,
  { width, color }: Layout,
  subject: Subject = 'server',
): string[] =>
  report.basics.flatMap(state => {
    const word = stateWords[state.state][lang]
    const [first = '', ...rest] = wrap(basicName(state, lang, subject), width, `  ${pad(word, stateColumn)}  `)
    return [painted(first, word, stateColor(state.state, style(color))), ...rest]
  })
