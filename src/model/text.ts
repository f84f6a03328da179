/** The two languages Riegel speaks. */
export type Lang = 'de' | 'en'

/** A sentence in both languages: one missing does not compile. */
export type Text = Readonly<Record<Lang, string>>

/** What fills placeholders; a Text where the two languages differ. */
export type Values = Readonly<Record<string, string | number | Text>>

/** Both languages at once; reads better than an object literal inside long calls. */
export const text = (de: string, en: string): Text => ({ de, en })

/** Same words in both languages (a path, a number, an option name). */
export const same = (word: string): Text => ({ de: word, en: word })

const put = (template: string, values: Values, lang: Lang): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === 'object' ? value[lang] : String(value)
  })

/** Replaces `{name}` by `values.name` in both languages; unknown placeholders stay, so that a test can see them. */
export const fill = (template: Text, values: Values): Text => ({
  de: put(template.de, values, 'de'),
  en: put(template.en, values, 'en'),
})

/** The names of the placeholders of one language's sentence, sorted. */
export const placeholders = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map(m => m[1]!).sort()
