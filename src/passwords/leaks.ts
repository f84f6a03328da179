import { open, stat } from 'node:fs/promises'
import { text } from '../model/text.js'
import { magic, openCompact } from './leak-compact.js'
import { openFile } from './leak-file.js'
import { openFolder } from './leak-folder.js'
import { badLeaks, type Leaks, unreadable } from './leak-rows.js'

export type { Leaks } from './leak-rows.js'

/** A regular file or a folder; nothing else is ever opened. Throws Trouble `bad-leaks`. */
export const leakPlace = async (path: string): Promise<{ readonly folder: boolean; readonly size: number }> => {
  const found = await stat(path).catch(() => null)
  const hint = text('Pfad prüfen: --leaks DATEI oder ORDNER', 'Check the path: --leaks FILE or FOLDER')
  if (found === null) throw badLeaks(path, text('gibt es nicht', 'does not exist'), hint)
  if (!found.isFile() && !found.isDirectory()) throw badLeaks(path, text('keine Datei', 'no file'), hint)
  if (found.isFile() && found.size === 0) throw badLeaks(path, text('leer', 'empty'))
  return { folder: found.isDirectory(), size: found.size }
}

/**
 * A leak list on this machine: the official download as one sorted file or as a folder of ranges, or the compact form.
 * Throws Trouble `bad-leaks` where it is not what it seems.
 */
export const openLeaks = async (path: string): Promise<Leaks> => {
  const { folder, size } = await leakPlace(path)
  if (folder) return openFolder(path)
  const file = await open(path, 'r').catch(() => {
    throw unreadable(path)
  })
  try {
    const head = Buffer.alloc(magic.length)
    await file.read(head, 0, head.length, 0)
    return await (head.toString('latin1') === magic ? openCompact : openFile)(path, file, size)
  } catch (error) {
    await file.close()
    throw error
  }
}
