import { quote } from '../model/shell.js'
import type { Context } from './context.js'

/** A command as a person would have to type it, with ssh's own options as they were given. */
export const again = (context: Context, command: string, ...words: readonly string[]): string =>
  [command, ...[...context.options.ssh, ...words].map(quote)].join(' ')
