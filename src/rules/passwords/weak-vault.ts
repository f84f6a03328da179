import type { VaultFacts } from '../../model/facts.js'
import { roughly, weakBelow } from '../../model/passwords.js'
import { judgeUnless, type Problem, rule } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

/** Argon2: below this much memory a graphics card tries many at once. KeePass and KeePassXC take 64 MiB. */
const leastMemoryKiB = 16 * 1024
/** Argon2: memory times passes; OWASP's least for a login is 38 MiB, and a vault may take a second. */
const leastWork = 128 * 1024
/** AES-KDF: what KeePassXC takes where nobody says otherwise. */
const leastRounds = 1_000_000

const tooCheap = ({ kdf, memoryKiB, rounds }: VaultFacts): Text | null => {
  if (kdf === 'aes-kdf')
    return rounds >= leastRounds
      ? null
      : text(`AES-KDF mit nur ${rounds} Runden`, `AES-KDF with no more than ${rounds} rounds`)
  if (memoryKiB >= leastMemoryKiB && memoryKiB * rounds >= leastWork) return null
  const name = kdf === 'argon2d' ? 'Argon2d' : 'Argon2id'
  const passes = rounds === 1 ? text('einer Runde', 'one pass') : text(`${rounds} Runden`, `${rounds} passes`)
  const memory = memoryKiB < 1024 ? `${memoryKiB} KiB` : `${Math.round(memoryKiB / 1024)} MiB`
  return text(`${name} mit nur ${memory} und ${passes.de}`, `${name} with no more than ${memory} and ${passes.en}`)
}

const problemsOf = (vault: VaultFacts): Problem[] => {
  const { own, format } = vault
  const cheap = tooCheap(vault)
  const guessed = own?.guesses != null && own.guesses < weakBelow ? roughly(own.guesses) : null
  return [
    ...(guessed
      ? [
          {
            key: 'password',
            values: {
              what: text(
                `Das Passwort des Tresors ist nach etwa ${guessed.de} Versuchen erraten`,
                `The vault's password is guessed after about ${guessed.en} tries`,
              ),
            },
          },
        ]
      : []),
    ...(own?.leaked != null && own.leaked > 0
      ? [
          {
            key: 'leaked',
            values: {
              what: text('Das Passwort des Tresors steht in bekannten Leaks', "The vault's password is in known leaks"),
            },
          },
        ]
      : []),
    ...(cheap
      ? [
          {
            key: 'kdf',
            values: {
              what: text(
                `Ein Versuch, den Tresor zu öffnen, kostet zu wenig: ${cheap.de}`,
                `A try to open the vault costs too little: ${cheap.en}`,
              ),
            },
          },
        ]
      : []),
    ...(format.startsWith('4.')
      ? []
      : [
          {
            key: 'format',
            values: {
              what: text(
                `Das Format KDBX ${format} ist älter als 4: ohne Argon2, und sein Kopf ist nicht durch den Schlüssel geschützt`,
                `The format KDBX ${format} is older than 4: without Argon2, and its header is not protected by the key`,
              ),
            },
          },
        ]),
  ]
}

export default rule({
  id: 'passwords/weak-vault',
  severity: 'high',
  title: text('Der Tresor hält stand, wenn ihn jemand kopiert', 'The vault holds when somebody copies it'),
  problem: text('{what}.', '{what}.'),
  why: text(
    'Wer die Datei hat, probiert Passwörter so schnell, wie die Schlüsselableitung es zulässt, und danach hat er alle.',
    'Whoever has the file tries passwords as fast as the key derivation lets them, and then has all of them.',
  ),
  looksAt: text(
    'Format und Schlüsselableitung im Kopf der Datei (ab 16 MiB und 128 MiB mal Runden bei Argon2, ab einer Million Runden bei AES-KDF), Stärke des Passworts und, wo nachgeschlagen wird, ob es in Leaks steht',
    "format and key derivation in the file's header (from 16 MiB and 128 MiB times passes with Argon2, from a million rounds with AES-KDF), how strong its password is and, where that is looked up, whether it is in leaks",
  ),
  references: ['KeePass Help Center: Security', 'OWASP Password Storage Cheat Sheet', 'BSI TR-02102-1', 'RFC 9106'],
  needs: ['vault'],

  evaluate({ vault }) {
    const { own } = vault
    return judgeUnless(
      problemsOf(vault),
      own !== null && own.guesses === null
        ? text(
            'wie stark das Passwort des Tresors ist, war nicht zu sagen',
            "how strong the vault's password is could not be told",
          )
        : null,
    )
  },

  guide: 'weak-vault',
})
