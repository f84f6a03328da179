import { printableLine } from '../model/shell.js'
import { text } from '../model/text.js'
import type { Credentials } from '../vault/credentials.js'
import type { NewEntry } from '../vault/entry.js'
import { type Context, note } from './context.js'
import { waiting } from './waiting.js'

// What opens and writes vaults is loaded only where somebody names one.

/** A vault that something will be put into, and what opens it. */
export interface VaultPlace {
  readonly path: string
  readonly credentials: Credentials
}

/** Could something be put there? Asked before the work begins. Throws Trouble `no-vault`, `vault-not-written`. */
export const checkVault = async (path: string | undefined): Promise<void> => {
  if (path !== undefined) (await import('../vault/place.js')).checkVaultPlace(path)
}

/** Asks for the password and tries it, so that nothing is made that has no place. Throws Trouble. */
export const openPlace = async (context: Context, path: string): Promise<VaultPlace> => {
  const { checkVaultPlace } = await import('../vault/place.js')
  const { newCredentials, openAsking } = await import('./vault-file.js')
  if (!checkVaultPlace(path).exists) return { path, credentials: await newCredentials(context, path) }
  return { path, credentials: (await openAsking(context, path)).credentials }
}

/** Puts an entry there and says where it and the backup lie; gives its id. Throws Trouble. */
export const put = async (context: Context, { path, credentials }: VaultPlace, entry: NewEntry): Promise<string> => {
  const { putEntry } = await import('../vault/place.js')
  const done = await waiting(context, text('schreibt in den Tresor', 'writing into the vault'), () =>
    putEntry(path, credentials, entry, context.now()),
  )
  const [file, backup] = [printableLine(path), printableLine(done.backup ?? '')]
  const title = printableLine(entry.title)
  note(
    context,
    done.backup === null
      ? text(`„${title}“ liegt in ${file} (neu angelegt).`, `"${title}" is in ${file} (newly made).`)
      : text(
          `„${title}“ liegt in ${file}; wie er vorher war: ${backup}`,
          `"${title}" is in ${file}; as it was before: ${backup}`,
        ),
  )
  return done.id
}
