import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'

/** Part of the file is missing or was changed after it was written. */
export const damaged = (where: Text): Trouble =>
  new Trouble(
    'bad-vault',
    text(
      `Der Tresor ist beschädigt oder abgeschnitten (${where.de})`,
      `The vault is damaged or cut short (${where.en})`,
    ),
    text('Eine Sicherung nehmen; geändert wurde nichts', 'Take a backup; nothing was changed'),
  )

/** A vault of a kind that Riegel does not open, by its name. */
export const unsupported = (what: Text): Trouble =>
  new Trouble(
    'unsupported-vault',
    text(`${what.de} öffnet Riegel nicht`, `Riegel does not open ${what.en}`),
    text(
      'In KeePassXC unter Datenbankeinstellungen, Sicherheit: KDBX 4 mit AES oder ChaCha20',
      'In KeePassXC under database settings, security: KDBX 4 with AES or ChaCha20',
    ),
  )

const lower = text(
  'Ist es wirklich deiner? Dann in KeePassXC die Schlüsselableitung verkleinern',
  'Is it really yours? Then lower the key derivation in KeePassXC',
)

/** What opening it would cost is more than Riegel pays: mostly, more than any honest vault asks for. */
export const tooCostly = (what: Text, hint: Text = lower): Trouble =>
  new Trouble(
    'costly-vault',
    text(`Der Tresor verlangt zu viel: ${what.de}`, `The vault asks for too much: ${what.en}`),
    hint,
  )

export const noVault = (): Trouble =>
  new Trouble(
    'no-vault',
    text('Das ist keine KeePass-Datei', 'That is no KeePass file'),
    text('Erwartet wird KDBX 3.1 oder 4, etwa aus KeePassXC', 'Expected is KDBX 3.1 or 4, as KeePassXC makes it'),
  )

export const wrongKey = (): Trouble =>
  new Trouble(
    'wrong-vault-password',
    text('Passwort oder Schlüsseldatei passt nicht zum Tresor', 'Password or key file does not fit the vault'),
    text(
      'Noch einmal; gehört eine Schlüsseldatei dazu: --key-file FILE',
      'Again; if a key file belongs to it: --key-file FILE',
    ),
  )
