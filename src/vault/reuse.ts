/** Numbers of others, in their order: at most so many, or a vault of one password would need pages for each entry. */
export const most = 20

export interface Uses {
  readonly same: readonly number[]
  readonly near: readonly number[]
}

const shortest = 8
const longest = 256
const edits = 2

const within = (a: string, i: number, b: string, j: number, left: number): boolean => {
  let [at, to] = [i, j]
  while (at < a.length && to < b.length && a.charCodeAt(at) === b.charCodeAt(to)) {
    at++
    to++
  }
  if (at === a.length || to === b.length) return a.length - at + b.length - to <= left
  return (
    left > 0 &&
    (within(a, at + 1, b, to + 1, left - 1) || within(a, at + 1, b, to, left - 1) || within(a, at, b, to + 1, left - 1))
  )
}

/** Are at most two letters changed, added or left out between the two? */
export const isNear = (a: string, b: string): boolean => within(a, 0, b, 0, edits)

/** Which letters a word has, folded into 64 bits: two edits change four of them at most. */
const letters = (word: string, half: 0 | 1): number => {
  let bits = 0
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at)
    if (((code >> 5) & 1) === half) bits |= 1 << (code & 31)
  }
  return bits
}

const ones = (bits: number): number => {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}

/** Three pieces of a length: two edits leave one of them as it is, moved by two at most. */
const piecesOf = (length: number): (readonly [start: number, end: number])[] =>
  [0, 1, 2].map(at => [Math.floor((length * at) / 3), Math.floor((length * (at + 1)) / 3)] as const)

/** Long enough, and no number: numbers of one length are near each other by chance. */
const comparable = (word: string): boolean => word.length >= shortest && word.length <= longest && !/^\d+$/.test(word)

/** The word behind `Sommer2024`; null where too little is left to be one. */
const stem = (word: string): string | null => {
  const rest = word.toLowerCase().replace(/\d+$/, '')
  return rest.length >= 4 ? rest : null
}

/** Which of these are the same, and which nearly: equal but for case and digits at the end, or two edits apart. */
export const usesOf = (words: readonly string[]): Uses[] => {
  const where = new Map<string, number[]>()
  words.forEach((word, at) => {
    const list = where.get(word)
    if (list) list.push(at)
    else where.set(word, [at])
  })
  const different = [...where.keys()]
  const near = new Map<string, Set<string>>(different.map(word => [word, new Set()]))
  const pair = (a: string, b: string) => {
    const [first, second] = [near.get(a)!, near.get(b)!]
    if (first.size < most) first.add(b)
    if (second.size < most) second.add(a)
  }

  const stems = new Map<string, string[]>()
  for (const word of different) {
    const key = stem(word)
    if (key === null) continue
    const others = stems.get(key) ?? []
    for (const other of others.slice(0, most)) pair(other, word)
    stems.set(key, [...others.slice(0, most), word].slice(0, most + 1))
  }

  // every word is looked for among those before it, by the pieces that they must share
  const candidates = different.filter(comparable)
  const [low, high] = ([0, 1] as const).map(half => Int32Array.from(candidates, word => letters(word, half)))
  const index = new Map<string, number[]>()
  const seen = new Int32Array(candidates.length).fill(-1)
  candidates.forEach((word, at) => {
    const found = near.get(word)!
    const look = (others: readonly number[]) => {
      for (const other of others) {
        if (found.size >= most) return
        if (seen[other] === at) continue
        seen[other] = at
        const apart = ones(low![at]! ^ low![other]!) + ones(high![at]! ^ high![other]!)
        if (apart <= 2 * edits && isNear(word, candidates[other]!)) pair(candidates[other]!, word)
      }
    }
    for (let length = Math.max(shortest, word.length - edits); length <= word.length + edits; length++)
      piecesOf(length).forEach(([start, end], piece) => {
        for (let shift = -edits; shift <= edits; shift++) {
          if (start + shift < 0 || end + shift > word.length) continue
          look(index.get(`${length} ${piece} ${word.slice(start + shift, end + shift)}`) ?? [])
        }
      })
    piecesOf(word.length).forEach(([start, end], piece) => {
      const key = `${word.length} ${piece} ${word.slice(start, end)}`
      const list = index.get(key)
      if (list) list.push(at)
      else index.set(key, [at])
    })
  })

  return words.map((word, at) => ({
    same: where
      .get(word)!
      .slice(0, most + 1)
      .filter(other => other !== at)
      .slice(0, most),
    near: [...near.get(word)!]
      .flatMap(other => where.get(other)!.slice(0, most))
      .sort((a, b) => a - b)
      .slice(0, most),
  }))
}
