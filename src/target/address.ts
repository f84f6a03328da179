import { quote } from '../model/shell.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'

/** What a person typed as TARGET, and ssh's own options with it. */
export interface Address {
  /** as typed */
  readonly name: string
  readonly host: string
  readonly user?: string
  readonly port?: number
  /** `-p 1`, `-i key`, `-J jump`, `-F file`, `-o option`, in their order, handed on to ssh */
  readonly options: readonly string[]
}

const bad = (name: string): Trouble =>
  new Trouble(
    'bad-target',
    text(`${name} ist kein Ziel`, `${name} is not a target`),
    text(
      'user@host, host, ssh://user@host:port oder ein Name aus deiner ssh-Konfiguration',
      'user@host, host, ssh://user@host:port or a name from your ssh configuration',
    ),
  )

/**
 * Reads `user@host`, `host`, `ssh://user@host:port` or an alias. A leading `-` would be an option of ssh, so it is
 * refused; so are control characters and white space. Throws Trouble `bad-target`.
 */
export const parseAddress = (name: string, options: readonly string[] = []): Address => {
  if (name === '' || name.startsWith('-') || /[\s\u0000-\u001f\u007f"'`$\\;|&<>]/.test(name) || name.length > 300)
    throw bad(name)
  if (name.startsWith('ssh://')) {
    const found = /^ssh:\/\/(?:([^@/:]+)@)?(\[[0-9A-Fa-f:.%]+\]|[^@/:]+)(?::(\d{1,5}))?\/?$/.exec(name)
    if (!found) throw bad(name)
    const host = found[2]!.replace(/^\[|\]$/g, '')
    const port = found[3] === undefined ? undefined : Number(found[3])
    if (host.startsWith('-') || port === 0 || (port ?? 0) > 65535) throw bad(name)
    return { name, host, options, ...(found[1] && { user: found[1] }), ...(port && { port }) }
  }
  const at = name.lastIndexOf('@')
  const host = name.slice(at + 1).replace(/^\[|\]$/g, '')
  const user = at < 0 ? undefined : name.slice(0, at)
  if (host === '' || host.startsWith('-') || user === '' || user?.startsWith('-')) throw bad(name)
  return { name, host, options, ...(user !== undefined && { user }) }
}

/**
 * How a person types that way: ssh with the options as they were given, but for the port and the account, and for the keys
 * where it is by this one.
 */
export const typed = (
  { host, options }: Address,
  way: { readonly user: string; readonly port: number },
  key?: string,
): string => {
  const kept = options.flatMap((flag, n) => {
    const value = options[n + 1]
    const said =
      flag === '-p' || (flag === '-i' && key !== undefined) || (flag === '-o' && /^\s*(port|user)\b/i.test(value ?? ''))
    return n % 2 === 0 && value !== undefined && !said ? [flag, value] : []
  })
  const port = way.port === 22 ? [] : ['-p', String(way.port)]
  const by = key === undefined ? [] : ['-i', key]
  return ['ssh', ...port, ...by, ...kept, `${way.user}@${host}`].map(quote).join(' ')
}
