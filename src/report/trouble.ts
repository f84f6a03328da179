import { printableLine } from '../model/shell.js'
import type { Lang } from '../model/text.js'
import type { Trouble } from '../model/trouble.js'

/** What is wrong, and what to do: one line each, never wrapped, so that a log keeps them whole. */
export const troubleText = (trouble: Pick<Trouble, 'text' | 'hint'>, lang: Lang): string => {
  const [error, hint] = lang === 'de' ? ['Fehler', 'Hinweis'] : ['Error', 'Hint']
  return `${error}: ${printableLine(trouble.text[lang])}\n${hint}: ${printableLine(trouble.hint[lang])}\n`
}
