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
  explain        was, warum, von Hand        rules          alle Regeln

ZIEL    user@host, host, ssh://user@host:port oder ein Name aus deiner ssh-Konfiguration;
        -p -i -J -F -o wie bei ssh. Ohne Ziel: dieser Rechner (nur audit).
Endet mit 0 gut, 1 Befunde oder Unklares, 2 nicht begonnen, 3 zurückgenommen, 4 du bist gefragt.
Hilfe zu einem Befehl: riegel harden --help · Sprache: --lang de|en
`,
  `riegel COMMAND [TARGET] [OPTIONS]

  audit          look and judge              harden         make it safe, under guard
  undo           take it back                history        what was done here
  explain        what, why, by hand          rules          every rule

TARGET  user@host, host, ssh://user@host:port or a name from your ssh configuration;
        -p -i -J -F -o as with ssh. Without a target: this machine (audit only).
Ends with 0 good, 1 findings or unknown, 2 not begun, 3 taken back, 4 you are asked.
Help for a command: riegel harden --help · language: --lang de|en
`,
)

const everywhere: Text = text(
  `Überall
  --lang de|en                 Sprache (sonst die des Systems)
  --format terminal|json       Form des Ergebnisses
  --output FILE                das Ergebnis in eine Datei
  --quiet, --verbose           weniger, mehr
  --plain, --no-color          ohne bewegten Cursor, ohne Farbe
  --host-key SHA256:...        genau diesen Server-Schlüssel annehmen, wo noch keiner bekannt ist
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
  -p PORT, -i KEY, -J JUMP, -F FILE, -o OPTION   wie bei ssh
  --sudo-password-file FILE    dein sudo-Passwort auf dem Server
`,
  `The server
  -p PORT, -i KEY, -J JUMP, -F FILE, -o OPTION   as with ssh
  --sudo-password-file FILE    your own sudo password on the server
`,
)

const own: Readonly<Record<CommandName, Text>> = {
  audit: text(
    `riegel audit [ZIEL]: ansehen, beurteilen, berichten. Ändert nichts, lässt nichts zurück.
Ohne Ziel: dieser Rechner.

  --only REGEL, --skip REGEL   nur diese, diese nicht; mehrfach, auch ganze Grundlagen
  --fail-on critical|high|medium|low|never   ab wann es mit 1 endet (sonst low)
  --save-facts FILE            was gesehen wurde, in eine Datei
  --facts FILE                 daraus urteilen statt hinzusehen
  --show-script                zeigen, was genau geschickt würde, und aufhören
  --no-outside                 (angenommen; der Blick von außen kommt später)
`,
    `riegel audit [TARGET]: look, judge, report. Changes nothing, leaves nothing behind.
Without a target: this machine.

  --only RULE, --skip RULE     only these, not these; repeatable, whole basics too
  --fail-on critical|high|medium|low|never   from where on it ends with 1 (else low)
  --save-facts FILE            what was seen, into a file
  --facts FILE                 judge from it instead of looking
  --show-script                show exactly what would be sent, and stop
  --no-outside                 (accepted; the view from outside comes later)
`,
  ),
  harden: text(
    `riegel harden ZIEL: ansehen, Plan zeigen, fragen, unter Bewachung anwenden, beweisen.

  --user NAME                  dein Konto auf dem Server (nie admin oder user)
  --key FILE.pub               dein öffentlicher Schlüssel; mehrere sind mehrere Wege hinein
  --new-port N|keep            wohin SSH umzieht
  --sudo password|nopasswd     fragt sudo nach einem Passwort (sonst ja)
  --save-sudo-password FILE    das erzeugte sudo-Passwort dorthin (0600)
  --only REGEL, --skip REGEL   nur diese, diese nicht; mehrfach, auch ganze Grundlagen
  --yes                        den Plan annehmen, sonst nichts
  --allow GEFAHR               others-cut-off, changed-since, no-console
  --prove-also HOST:PORT       muss danach noch antworten
  --lease SEKUNDEN             so lange nach dem letzten Lebenszeichen alles zurück (sonst 120)
  --plan                       nur den Plan zeigen
  --plan-digest DIGEST         nur genau diesen Plan anwenden
  --show-script                zeigen, was zum Ansehen geschickt würde, und aufhören
`,
    `riegel harden TARGET: look, show the plan, ask, apply under guard, prove.

  --user NAME                  your account on the server (never admin or user)
  --key FILE.pub               your public key; several are several ways in
  --new-port N|keep            where SSH moves to
  --sudo password|nopasswd     does sudo ask for a password (else yes)
  --save-sudo-password FILE    the generated sudo password goes there (0600)
  --only RULE, --skip RULE     only these, not these; repeatable, whole basics too
  --yes                        accept the plan and nothing else
  --allow DANGER               others-cut-off, changed-since, no-console
  --prove-also HOST:PORT       must still answer afterwards
  --lease SECONDS              so long after the last sign of life take all back (else 120)
  --plan                       only show the plan
  --plan-digest DIGEST         apply only that very plan
  --show-script                show what would be sent to look, and stop
`,
  ),
  undo: text(
    `riegel undo ZIEL [ID]: den letzten Vorgang zurücknehmen, oder den genannten.

  --yes                        zurücknehmen, ohne zu fragen
  --allow changed-since        stehen lassen, was seither geändert wurde, und den Rest zurücknehmen
  --plan                       nur zeigen, was zurückgenommen würde
  --plan-digest DIGEST         nur genau das zurücknehmen
  --lease SEKUNDEN             (angenommen; der Server nimmt auch allein zu Ende zurück)
`,
    `riegel undo TARGET [ID]: take back the last transaction, or the named one.

  --yes                        take back without asking
  --allow changed-since        leave what was changed since, and take back the rest
  --plan                       only show what would be taken back
  --plan-digest DIGEST         take back only that very thing
  --lease SECONDS              (accepted; the server finishes taking back even alone)
`,
  ),
  history: text(
    `riegel history [ZIEL]: was auf diesem Server getan wurde, wann, von wem, und wie es darum steht.
`,
    `riegel history [TARGET]: what was done to this server, when, by whom, and its state.
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
