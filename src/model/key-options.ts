import type { LoginKeyFacts } from './facts.js'
import { type Text, text } from './text.js'

/** The options before an authorized key, one by one as sshd reads them (sshd(8)): a comma in quotes belongs to a value. */
const split = (options: string): string[] => options.match(/(?:"(?:\\"|[^"])*(?:"|$)|[^,"])+/g) ?? []

/** Is an option there that takes no value? Of `name` and `no-name` the last one counts. */
export const hasOption = (options: string, name: string): boolean =>
  split(options.toLowerCase()).findLast(one => one === name || one === `no-${name}`) === name

/** Is there one that takes a value, as `command="..."`? */
export const hasValue = (options: string, name: string): boolean =>
  split(options.toLowerCase()).some(one => one.startsWith(`${name}=`))

/** Lines in files of keys that sshd may read otherwise than Riegel does, which found no key in them; null = none. */
export const unreadKeys = ({ unread = [] }: LoginKeyFacts): Text | null => {
  const [first, ...rest] = unread
  if (first === undefined) return null
  const { path, line } = first
  const more = rest.length > 0 ? text(` und ${rest.length} weitere`, ` and ${rest.length} more`) : text('', '')
  return text(
    `nicht zu lesen, ob darin ein Schlüssel steht: ${path}, Zeile ${line}${more.de}`,
    `whether there is a key in it could not be read: ${path}, line ${line}${more.en}`,
  )
}
