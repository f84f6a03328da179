import type { OperatorFacts, PrivateKeyFacts, UnreadFacts } from './facts.js'
import { type Text, text } from './text.js'

/** A key of the operator's own with a name that no other has: its path, and its number where a file holds several. */
export interface NamedKey extends PrivateKeyFacts {
  readonly name: string
  readonly where: { readonly file: string; readonly line?: number }
}

export const namedKeys = ({ privateKeys }: OperatorFacts): NamedKey[] =>
  privateKeys.map((key, at) => {
    const before = privateKeys.slice(0, at).filter(({ path }) => path === key.path).length
    return {
      ...key,
      name: before === 0 ? key.path : `${key.path}#${before + 1}`,
      where: { file: key.path, ...((key.line ?? 1) > 1 && { line: key.line! }) },
    }
  })

/** Whoever has the file has the key. With a security key the file is only a handle. */
export const isBare = ({ encrypted, format, type }: PrivateKeyFacts): boolean =>
  !encrypted && format !== 'unknown' && !type.endsWith('-sk')

const reasons: Readonly<Record<UnreadFacts['why'], Text>> = {
  denied: text('nicht lesbar', 'cannot be read'),
  'too-large': text('zu groß', 'too large'),
  'too-many': text('zu viele Dateien', 'too many files'),
}

/** What may hide something: places not looked at to the end, and keys that cannot be told; null = nothing. */
export const hiddenIn = (
  { unread = [], privateKeys }: Pick<OperatorFacts, 'privateKeys' | 'unread'>,
  dark: (key: PrivateKeyFacts) => boolean,
): Text | null => {
  const unknown = text('nicht zu erkennen', 'cannot be told')
  const all = [
    ...unread.map(({ path, why }) => ({ path, why: reasons[why] })),
    ...privateKeys.filter(dark).map(({ path }) => ({ path, why: unknown })),
  ]
  if (all.length === 0) return null
  const some = (lang: 'de' | 'en') =>
    all
      .slice(0, 5)
      .map(({ path, why }) => `${path} (${why[lang]})`)
      .join(', ')
  const more = all.length > 5 ? text(` und ${all.length - 5} weitere`, ` and ${all.length - 5} more`) : text('', '')
  return text(`${some('de')}${more.de}`, `${some('en')}${more.en}`)
}
