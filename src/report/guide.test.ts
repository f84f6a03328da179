import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { explainTopic } from './explain.js'
import { parseGuide } from './guide.js'

const folder = fileURLToPath(new URL('../../../guides/', import.meta.url))
const headings = {
  de: ['Worum es geht', 'Von Hand', 'Prüfen', 'Zurück', 'Quellen'],
  en: ['What it is about', 'By hand', 'Check', 'Back', 'Sources'],
}

describe('parseGuide', () => {
  test('tells steps, their second lines, commands and lists apart', () => {
    const guide = parseGuide('# T\n\n## H\n1  one\n   more\n\n    a\n      b\n\n    c\n\n- x\n- y\n\nend\n')
    assert.deepEqual(guide, {
      title: 'T',
      sections: [
        {
          heading: 'H',
          blocks: [
            { kind: 'prose', mark: '1  ', words: 'one more' },
            { kind: 'command', lines: ['a', '  b'] },
            { kind: 'command', lines: ['c'] },
            { kind: 'prose', mark: '- ', words: 'x' },
            { kind: 'prose', mark: '- ', words: 'y' },
            { kind: 'prose', mark: '', words: 'end' },
          ],
        },
      ],
    })
  })
})

describe('every guide', () => {
  for (const file of readdirSync(folder).filter(name => name.endsWith('.md')))
    test(`${file} keeps its words and its commands when it is set`, () => {
      const lang = file.endsWith('.de.md') ? 'de' : 'en'
      const markdown = readFileSync(folder + file, 'utf8')
      assert.deepEqual(
        parseGuide(markdown).sections.map(({ heading }) => heading),
        headings[lang],
      )
      const set = explainTopic(markdown, lang, { width: 80, color: false })
      const plain = (words: string) => words.replaceAll(/^#+ /gm, '').split(/\s+/).join(' ').trim()
      assert.equal(plain(set), plain(markdown))
      const commands = (words: string) => words.split('\n').filter(line => line.startsWith('    '))
      assert.deepEqual(commands(set), commands(markdown))
    })
})
