import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ownFolder } from './own.js'

export interface HostBlock {
  readonly name: string
  readonly hostName: string
  readonly port: number
  readonly user: string
  readonly identity: string
}

/** What ssh_config(5) calls a Host block, with the one key and no other. */
export const hostBlock = ({ name, hostName, port, user, identity }: HostBlock): string =>
  [
    `Host ${name}`,
    `  HostName ${hostName}`,
    `  Port ${port}`,
    `  User ${user}`,
    `  IdentityFile ${/\s/.test(identity) ? `"${identity}"` : identity}`,
    '  IdentitiesOnly yes',
    '',
  ].join('\n')

/** A name that can stand after Host: one word, no pattern, no option. */
export const isHostName = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)

/** Is there a block with exactly this name already? */
export const hasHost = (name: string, path = join(ownFolder(), 'config')): boolean =>
  existsSync(path) &&
  readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .some(
      line =>
        /^\s*host[\s=]/i.test(line) &&
        line
          .trim()
          .split(/[\s=]+/)
          .slice(1)
          .includes(name),
    )

/**
 * Puts a block in front of a person's ssh configuration: the first value counts, so it must come before a `Host *`.
 * The old file is kept beside it; gives the backup's path, or null where there was none. Throws what the filesystem says.
 */
export const writeHostBlock = (block: string, stamp: string, path = join(ownFolder(), 'config')): string | null => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const before = existsSync(path) ? readFileSync(path, 'utf8') : null
  const backup = before === null ? null : `${path}.riegel-${stamp}`
  if (backup !== null) copyFileSync(path, backup)
  const draft = `${path}.riegel-new`
  writeFileSync(draft, before === null ? block : `${block}\n${before}`, { mode: 0o600 })
  renameSync(draft, path)
  return backup
}
