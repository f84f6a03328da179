import { createGunzip } from 'node:zlib'
import { text } from '../model/text.js'
import { damaged, tooCostly } from './refusals.js'

const most = 1024 * 1024 * 1024
/** what XML and attachments never reach: a few kilobytes that become gigabytes are no vault */
const honest = { size: 64 * 1024 * 1024, ratio: 100 }

/** Undoes gzip, and stops as soon as it is too much. Throws Trouble `costly-vault`, `bad-vault`. */
export const unpack = (packed: Buffer): Promise<Buffer> => {
  const limit = Math.min(most, Math.max(honest.size, packed.length * honest.ratio))
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    const gunzip = createGunzip({ chunkSize: 256 * 1024 })
    gunzip.on('data', (part: Buffer) => {
      size += part.length
      if (size <= limit) parts.push(part)
      else {
        parts.length = 0
        gunzip.destroy()
        const words = size > most ? '1 GiB' : `${honest.size / 1024 / 1024} MiB`
        reject(
          tooCostly(
            text(
              `ausgepackt wird er größer als ${words}, das ${honest.ratio}-fache und mehr`,
              `unpacked it grows beyond ${words}, a hundredfold and more`,
            ),
          ),
        )
      }
    })
    gunzip.on('end', () => resolve(Buffer.concat(parts)))
    gunzip.on('error', () => reject(damaged(text('Kompression', 'compression'))))
    gunzip.end(packed)
  })
}
