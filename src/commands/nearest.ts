/** How far two words are apart: insertions, deletions, exchanges. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

/** The word that was probably meant, by parts of a name and by spelling. */
export const nearest = (word: string, words: readonly string[]): string => {
  const score = (other: string) =>
    distance(word, other) -
    other.split(/[/-]/).filter(part => part !== '' && word.split(/[/-]/).includes(part)).length * 4
  return [...words].sort((a, b) => score(a) - score(b))[0] ?? ''
}
