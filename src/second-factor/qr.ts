import { encode } from 'uqr'

/**
 * For a terminal: two rows in a line, by half blocks. Black and white are said explicitly: with a terminal's own colours
 * no decoder reads it on a light background. 19 lines of 37 columns for what Riegel puts into one.
 */
export const qrLines = (words: string): string[] => {
  const { data, size } = encode(words, { ecc: 'L', border: 2 })
  const lines: string[] = []
  for (let y = 0; y < size; y += 2) {
    const row = data[y]!.map((top, x) => {
      const bottom = data[y + 1]?.[x] ?? false
      return top ? (bottom ? ' ' : '▄') : bottom ? '▀' : '█'
    })
    lines.push(`\u001b[38;2;255;255;255;48;2;0;0;0m${row.join('')}\u001b[0m`)
  }
  return lines
}

/** The same as a picture. */
export const qrSvg = (words: string): string => {
  const { data, size } = encode(words, { ecc: 'L', border: 4 })
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size * 8}" height="${size * 8}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${squares.join('')}"/></svg>\n`
}
