import type { LoginKeyFacts } from './facts.js'
import { type Text, text } from './text.js'

/** The options before an authorized key, one by one as sshd reads them (sshd(8)): a comma in quotes belongs to a value. */
const split = (options: string): string[] => options.match(/(?:"(?:\\"|[^"])*(?:"|$)|[^,"])+/g) ?? []

/** Is an option there that takes no value? Of `name` and `no-name` the last one counts. */
export const hasOption = (options: string, name: string): boolean =>
  split(options.toLowerCase()).findLast(one => one === name || one === `no-${name}`) === name

/**
 * When a key ends that says so (`expiry-time`), in seconds since 1970; Infinity for one that does not. Without a Z it is the
 * server's own time, of which nobody here knows the zone: the earliest that it can be.
 */
export const expiryOf = (options: string): number =>
  Math.min(
    ...split(options).map(one => {
      const found = /^expiry-time="?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)"?$/i.exec(one)
      if (!found) return /^expiry-time=/i.test(one) ? 0 : Number.POSITIVE_INFINITY
      const [year, month, day, hour, minute, second] = found.slice(1, 7).map(word => Number(word ?? 0))
      const utc = Date.UTC(year!, month! - 1, day, hour, minute, second) / 1000
      return found[7] === '' ? utc - 14 * 3600 : utc
    }),
    Number.POSITIVE_INFINITY,
  )

/** Is there one that takes a value, as `command="..."`? */
export const hasValue = (options: string, name: string): boolean =>
  split(options.toLowerCase()).some(one => one.startsWith(`${name}=`))

/** Lines in files of keys that sshd may read otherwise than Riegel does, which found no key in them; null = none. */
export const unreadKeys = ({ unread = [] }: Pick<LoginKeyFacts, 'unread'>): Text | null => {
  const [first, ...rest] = unread
  if (first === undefined) return null
  const { path, line } = first
  const more = rest.length > 0 ? text(` und ${rest.length} weitere`, ` and ${rest.length} more`) : text('', '')
  return text(
    `nicht zu lesen, ob darin ein Schlüssel steht: ${path}, Zeile ${line}${more.de}`,
    `whether there is a key in it could not be read: ${path}, line ${line}${more.en}`,
  )
}
