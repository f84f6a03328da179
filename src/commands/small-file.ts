import { readFileSync, statSync } from 'node:fs'

/** What a file of a secret may hold, in bytes: more is another file. */
const most = 4096

/** A small file of text; null where it cannot be read or is too large. */
export const smallFile = (path: string): string | null => {
  try {
    return statSync(path).size > most ? null : readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
