import { type Text, text } from '../model/text.js'
import { type CommandName, tables } from './tables.js'

/** What a person sees who typed nothing but the name (screens.md 8). */
export const firstContact: Text = text(
  `Riegel verriegelt deinen Server, ohne dich auszusperren.

    riegel audit root@SERVER      ansehen; ändert nichts
    riegel harden root@SERVER     absichern: Plan, Zustimmung, Beweis

SERVER ist die IP-Adresse oder der Name aus der Mail deines Anbieters. Mehr: riegel --help
`,
  `Riegel bolts your server without locking you out.

    riegel audit root@SERVER      look; changes nothing
    riegel harden root@SERVER     make it safe: plan, consent, proof

SERVER is the IP address or the name in your provider's mail. More: riegel --help
`,
)

export const overview: Text = text(
  `riegel BEFEHL [ZIEL] [OPTIONEN]

  audit          ansehen und beurteilen      harden         absichern, unter Bewachung
  undo           zurücknehmen                history        was wurde hier getan
  second-factor  zweiten Faktor einrichten   password       Passwort machen, prüfen
  key            eigene Schlüssel            vault          KeePass-Datei prüfen
  leaks          Leak-Liste packen
  explain        was, warum, von Hand        rules          alle Regeln

ZIEL    user@host, host, ssh://user@host:port oder ein Name aus deiner ssh-Konfiguration;
        -p -i -J -F -o wie bei ssh. Ohne Ziel: dieser Rechner (nur audit).
Endet mit 0 gut, 1 Befunde oder Unklares, 2 nicht begonnen, 3 zurückgenommen, 4 du bist gefragt.
Hilfe zu einem Befehl: riegel harden --help · Sprache: --lang de|en
`,
  `riegel COMMAND [TARGET] [OPTIONS]

  audit          look and judge              harden         make it safe, under guard
  undo           take it back                history        what was done here
  second-factor  set up a second factor      password       make a password, check one
  key            your own keys               vault          judge a KeePass file
  leaks          pack a leak list
  explain        what, why, by hand          rules          every rule

TARGET  user@host, host, ssh://user@host:port or a name from your ssh configuration;
        -p -i -J -F -o as with ssh. Without a target: this machine (audit only).
Ends with 0 good, 1 findings or unknown, 2 not begun, 3 taken back, 4 you are asked.
Help for a command: riegel harden --help · language: --lang de|en
`,
)

const everywhere: Text = text(
  `Für alle Befehle
  --lang de|en                 Sprache (Vorgabe: die des Systems)
  --format terminal|json       Form des Ergebnisses
  --output DATEI               das Ergebnis in eine Datei schreiben
  --quiet, --verbose           weniger oder mehr ausgeben
  --plain, --no-color          ohne Cursorsteuerung, ohne Farbe
  --host-key SHA256:...        nur diesen Server-Schlüssel annehmen, wenn noch keiner bekannt ist
  --help                       das hier
`,
  `Everywhere
  --lang de|en                 language (else the system's)
  --format terminal|json       form of the result
  --output FILE                the result into a file
  --quiet, --verbose           less, more
  --plain, --no-color          no cursor movement, no colour
  --host-key SHA256:...        accept exactly this host key where none is known yet
  --help                       this
`,
)

const server: Text = text(
  `Der Server
  -p PORT, -i DATEI, -J HOST, -F DATEI, -o OPTION   wie bei ssh
  --sudo-password-file DATEI   Datei auf diesem Rechner mit deinem sudo-Passwort für den Server
  --totp-secret-file DATEI     Datei mit dem Secret deines zweiten Faktors; sonst fragt ssh
`,
  `The server
  -p PORT, -i KEY, -J JUMP, -F FILE, -o OPTION   as with ssh
  --sudo-password-file FILE    file on this computer with your sudo password for the server
  --totp-secret-file FILE      file with the secret of your second factor; else ssh asks
`,
)

const own: Readonly<Record<CommandName, Text>> = {
  audit: text(
    `riegel audit [ZIEL]: ansehen, beurteilen, berichten. Ändert nichts, hinterlässt nichts.
Ohne Ziel: dieser Rechner.

  --only REGEL, --skip REGEL   nur diese Regel; diese nicht; mehrfach, auch Grundlagen (keys, root)
  --fail-on critical|high|medium|low|never   ab welcher Stufe der Rückgabewert 1 ist (Vorgabe low)
  --save-facts DATEI           die erhobenen Fakten in eine Datei schreiben
  --facts DATEI                solche Fakten beurteilen, ohne den Server anzusehen
  --show-script                nur zeigen, was genau an den Server ginge
  --no-outside                 (noch ohne Wirkung; die Prüfung von außen kommt später)
`,
    `riegel audit [TARGET]: look, judge, report. Changes nothing, leaves nothing behind.
Without a target: this machine.

  --only RULE, --skip RULE     only this rule; not this one; repeatable, basics too (keys, root)
  --fail-on critical|high|medium|low|never   from where on it ends with 1 (else low)
  --save-facts FILE            write the facts that were seen into a file
  --facts FILE                 judge such facts without looking at the server
  --show-script                show exactly what would be sent, and stop
  --no-outside                 (no effect yet; the view from outside comes later)
`,
  ),
  harden: text(
    `riegel harden ZIEL: ansehen, Plan zeigen, fragen, unter Bewachung anwenden, beweisen.

  --user NAME                  dein Konto auf dem Server (nie admin oder user)
  --key DATEI.pub              dein öffentlicher Schlüssel (mehrfach möglich)
  --new-port N|keep            auf welchen Port SSH umzieht (keep: bleibt)
  --sudo password|nopasswd     ob sudo nach einem Passwort fragt (Vorgabe: ja)
  --save-sudo-password DATEI   das erzeugte sudo-Passwort in diese Datei schreiben (0600)
  --vault DATEI.kdbx           oder in diesen KeePass-Tresor, der auch neu angelegt wird
  --password-file, --key-file DATEI   was den Tresor öffnet, statt zu fragen
  --only REGEL, --skip REGEL   nur diese Regel; diese nicht; mehrfach, auch Grundlagen (keys, root)
  --yes                        stimmt dem Plan zu, keiner Gefahr und keinem neuen Server-Schlüssel
  --allow GEFAHR               others-cut-off, others-unseen, changed-since, no-console
  --prove-also HOST:PORT       dieser Dienst muss danach noch antworten
  --lease SEKUNDEN             Frist: so lange ohne Lebenszeichen, dann alles zurück (Vorgabe 120)
  --plan                       nur den Plan zeigen
  --plan-digest DIGEST         nur genau diesen Plan anwenden
  --show-script                nur zeigen, was zum Ansehen an den Server ginge
`,
    `riegel harden TARGET: look, show the plan, ask, apply under guard, prove.

  --user NAME                  your account on the server (never admin or user)
  --key FILE.pub               your public key (repeatable)
  --new-port N|keep            which port SSH moves to (keep: stays)
  --sudo password|nopasswd     whether sudo asks for a password (else yes)
  --save-sudo-password FILE    the generated sudo password goes there (0600)
  --vault FILE.kdbx            or into this KeePass vault, which is made where there is none
  --password-file, --key-file FILE   what opens the vault, instead of being asked
  --only RULE, --skip RULE     only this rule; not this one; repeatable, basics too (keys, root)
  --yes                        accepts the plan, but no danger and no unknown host key
  --allow DANGER               others-cut-off, others-unseen, changed-since, no-console
  --prove-also HOST:PORT       this service must still answer afterwards
  --lease SECONDS              so long after the last sign of life take all back (else 120)
  --plan                       only show the plan
  --plan-digest DIGEST         apply only that very plan
  --show-script                show what would be sent to look, and stop
`,
  ),
  undo: text(
    `riegel undo ZIEL [ID]: den letzten oder den genannten Vorgang zurücknehmen.

  --only REGEL                 nur, was diese Regel getan hat; wiederholbar, auch Grundlagen (keys)
  --yes                        zurücknehmen, ohne zu fragen
  --allow changed-since        stehen lassen, was seither geändert wurde, und den Rest zurücknehmen
  --plan                       nur zeigen, was zurückgenommen würde
  --plan-digest DIGEST         nur genau das zurücknehmen
  --lease SEKUNDEN             Frist: so lange ohne Lebenszeichen, dann bleiben beide Zugänge
                               stehen (Vorgabe 120)
`,
    `riegel undo TARGET [ID]: take back the last transaction, or the named one.

  --only RULE                  only what this rule did; repeatable, basics too (keys, root)
  --yes                        take back without asking
  --allow changed-since        leave what was changed since, and take back the rest
  --plan                       only show what would be taken back
  --plan-digest DIGEST         take back only that very thing
  --lease SECONDS              so long after the last sign of life both ways in stay, and the
                               rest waits for you (else 120)
`,
  ),
  'second-factor': text(
    `riegel second-factor ZIEL: Anmelden braucht dann zwei Faktoren; erst bewiesen gilt es.
Für ein neues Telefon noch einmal aufrufen; Telefon verloren: riegel explain second-factor
Sicherheitsschlüssel: riegel explain hardware-key

  --totp                       Code aus einer App (das ist die Vorgabe)
  --hardware-key               Sicherheitsschlüssel (FIDO2) mit PIN statt eines Codes; andere
                               Schlüssel deines Kontos gelten dann nicht mehr
  --key DATEI.pub              mit --hardware-key: dieser Schlüssel, statt danach zu fragen
  --disable                    den zweiten Faktor wieder abschalten
  --except KONTO               dieses Konto meldet sich weiter allein mit dem Schlüssel an; mehrfach
  --recovery-codes-file DATEI  die Notfallcodes in diese Datei schreiben (0600)
  --vault DATEI.kdbx           Secret und Notfallcodes in diesen KeePass-Tresor
  --password-file, --key-file DATEI   was den Tresor öffnet, statt zu fragen
  --no-qr, --qr-file DATEI.svg keinen QR-Code zeigen; ihn als Bild schreiben
  --yes                        stimmt dem Plan zu, keiner Gefahr und keinem neuen Server-Schlüssel
  --allow GEFAHR               others-cut-off, others-unseen, changed-since, no-console
  --lease SEKUNDEN             Frist: so lange ohne Lebenszeichen, dann alles zurück (Vorgabe 120)
  --plan                       nur den Plan zeigen
  --plan-digest DIGEST         nur genau diesen Plan anwenden
`,
    `riegel second-factor TARGET: logging in then takes two factors, once that was proven.
For a new phone call it again; phone lost: riegel explain second-factor
Security keys: riegel explain hardware-key

  --totp                       a code from an app (that is what happens anyway)
  --hardware-key               a security key (FIDO2) with its PIN instead of a code; other keys of
                               your account count no more then
  --key FILE.pub               with --hardware-key: this key, instead of asking for one
  --disable                    switch the second factor off again
  --except ACCOUNT             this account goes on logging in by its key alone; repeatable
  --recovery-codes-file FILE   write the recovery codes into this file (0600)
  --vault FILE.kdbx            secret and recovery codes into this KeePass vault
  --password-file, --key-file FILE   what opens the vault, instead of being asked
  --no-qr, --qr-file FILE.svg  show no QR code; write it as a picture
  --yes                        accepts the plan, but no danger and no unknown host key
  --allow DANGER               others-cut-off, others-unseen, changed-since, no-console
  --lease SECONDS              so long after the last sign of life take all back (else 120)
  --plan                       only show the plan
  --plan-digest DIGEST         apply only that very plan
`,
  ),
  history: text(
    `riegel history [ZIEL]: alle Vorgänge auf diesem Server, wann, von wem und in welchem Zustand.
`,
    `riegel history [TARGET]: what was done to this server, when, by whom, and its state.
`,
  ),
  password: text(
    `riegel password: ein starkes Passwort machen, oder mit --check eines prüfen.

  --length N                   so viele Zeichen (Vorgabe 20, ab 15), bei --words Wörter (6, ab 5)
  --words de|en                aus Wörtern statt aus Zeichen
  --vault DATEI.kdbx           in diesen KeePass-Tresor damit statt auf die Standardausgabe; gibt es
                               ihn nicht, wird er angelegt
  --title TITEL, --user NAME   wie der Eintrag heißt, und für welchen Benutzer
  --password-file, --key-file DATEI   mit --vault: was den Tresor öffnet, statt zu fragen
  --check                      eines prüfen: verdeckt eingetippt oder von der Standardeingabe
  --password-file DATEI        das aus dieser Datei prüfen
  --leaks DATEI|ORDNER         in dieser Leak-Liste nachschlagen; nichts verlässt den Rechner
  --offline                    nichts nachschlagen, was das Netz braucht
  --leak-service URL           bei diesem Dienst statt bei Pwned Passwords, etwa einem Spiegel
  --consent leaks              einverstanden, dass fünf Zeichen des Hashs dorthin gehen
  --only REGEL, --skip REGEL   nur diese Regel; diese nicht; mehrfach
  --fail-on critical|high|medium|low|never   ab welcher Stufe der Rückgabewert 1 ist (Vorgabe low)
`,
    `riegel password: make a strong password, or check one with --check.

  --length N                   so many characters (else 20, from 15), with --words words (6, from 5)
  --words de|en                of words instead of characters
  --vault FILE.kdbx            into this KeePass vault instead of standard output; it is made where
                               there is none
  --title TITLE, --user NAME   what the entry is called, and for which user
  --password-file, --key-file FILE   with --vault: what opens the vault, instead of being asked
  --check                      check one: typed without being shown, or from standard input
  --password-file FILE         check the one in this file
  --leaks FILE|FOLDER          look it up in this leak list; nothing leaves the computer
  --offline                    look up nothing that needs the network
  --leak-service URL           with this service instead of Pwned Passwords, a mirror for example
  --consent leaks              agree that five characters of the hash go there
  --only RULE, --skip RULE     only this rule; not this one; repeatable
  --fail-on critical|high|medium|low|never   from where on it ends with 1 (else low)
`,
  ),
  vault: text(
    `riegel vault DATEI.kdbx: einen KeePass-Tresor und seine Einträge beurteilen. Ändert nichts;
Passwörter werden nie gezeigt.

  --password-file DATEI        das Passwort des Tresors steht in dieser Datei
  --key-file DATEI             seine Schlüsseldatei
  --leaks DATEI|ORDNER         in dieser Leak-Liste nachschlagen; nichts verlässt den Rechner
  --directory DATEI            was Anbieter anbieten: all.json (v4) von 2fa.directory
  --offline                    nichts nachschlagen, was das Netz braucht
  --leak-service URL           bei diesem Dienst statt bei Pwned Passwords, etwa einem Spiegel
  --consent leaks|directory    einverstanden, dass fünf Zeichen jedes Hashs dorthin gehen; dass die
                               Liste der Anbieter geholt wird oder eine andere ist als bisher
  --only REGEL, --skip REGEL   nur diese Regel; diese nicht; mehrfach
  --fail-on critical|high|medium|low|never   ab welcher Stufe der Rückgabewert 1 ist (Vorgabe low)
  --save-facts DATEI           die Fakten (ohne Passwörter) in eine Datei schreiben
`,
    `riegel vault FILE.kdbx: judge a KeePass vault and its entries. Changes nothing; passwords are
never shown.

  --password-file FILE         the vault's password is in this file
  --key-file FILE              its key file
  --leaks FILE|FOLDER          look leaks up in this list; nothing leaves the computer
  --directory FILE             what providers offer: all.json (v4) of 2fa.directory
  --offline                    look up nothing that needs the network
  --leak-service URL           with this service instead of Pwned Passwords, a mirror for example
  --consent leaks|directory    agree that five characters of each hash go there; that the list of
                               providers is fetched, or is another one than before
  --only RULE, --skip RULE     only this rule; not this one; repeatable
  --fail-on critical|high|medium|low|never   from where on it ends with 1 (else low)
  --save-facts FILE            write the facts (no passwords) into a file
`,
  ),
  leaks: text(
    `riegel leaks pack DATEI|ORDNER: die Leak-Liste von Pwned Passwords (eine Datei oder ein Ordner
von Bereichen) auf ein Siebtel packen, für --leaks. Prüft, ob sie vollständig und geordnet ist.

  --output DATEI               wohin (Vorgabe: daneben, mit der Endung .rgl1)
`,
    `riegel leaks pack FILE|FOLDER: pack the leak list of Pwned Passwords (one file or a folder of
ranges) to a seventh, for --leaks. Checks that it is complete and in order.

  --output FILE                where to (else beside it, ending in .rgl1)
`,
  ),
  key: text(
    `riegel key [DATEI|ORDNER ...]: deine privaten Schlüssel prüfen, auf diesem Rechner.
Ohne Angabe die in ~/.ssh; Unterordner gehören dazu.

  --make DATEI                 einen neuen erzeugen (ed25519); ssh-keygen fragt nach der Passphrase
  --agent                      ihn, oder die genannten Dateien, in den Agenten laden
  --fix                        beheben, ohne zu fragen: Passphrase setzen, neues Format, Dateirechte
  --drop-backup                die Sicherung danach löschen (sonst bleibt DATEI.before-riegel)
  --password-file DATEI        Passphrase in der ersten Zeile, wo kein Terminal ist
  --against ZIEL               ob du die Schlüssel hast, die dort für dein Konto eingetragen sind
  --only REGEL, --skip REGEL   nur diese Regel; diese nicht
  --fail-on critical|high|medium|low|never   ab welcher Stufe der Rückgabewert 1 ist (Vorgabe low)
`,
    `riegel key [FILE|FOLDER ...]: check your private keys, on this computer.
Without a place those in ~/.ssh; subfolders belong to it.

  --make FILE                  make a new key (ed25519); ssh-keygen asks for the passphrase
  --agent                      give it, or the files named, to the agent
  --fix                        repair without asking: set a passphrase, new format, file modes
  --drop-backup                delete the backup afterwards (else FILE.before-riegel stays)
  --password-file FILE         the passphrase in its first line, where there is no terminal
  --against TARGET             whether you hold the keys authorized there for your account
  --only RULE, --skip RULE     only this rule; not this one
  --fail-on critical|high|medium|low|never   from where on it ends with 1 (else low)
`,
  ),
  explain: text(
    `riegel explain REGEL oder THEMA: was, warum, von Hand, zurück, Quellen.
`,
    `riegel explain RULE or TOPIC: what, why, by hand, back, sources.
`,
  ),
  rules: text(
    `riegel rules: alle Regeln, wie schwer sie wiegen und ob Riegel sie beheben kann.
`,
    `riegel rules: every rule, how much it weighs, and whether Riegel can repair it.
`,
  ),
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(own, name)

/** Help for a command, or all commands where there is none by that name. */
export const helpFor = (name: string): Text => {
  if (!isCommand(name)) return overview
  const parts = [own[name], ...('sudo-password-file' in tables[name] ? [server] : []), everywhere]
  return text(parts.map(part => part.de).join('\n'), parts.map(part => part.en).join('\n'))
}
