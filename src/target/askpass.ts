import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../model/shell.js'

/** A code that counts once, and the login it is for, as ssh names that before what a server asks: `(account@host) `. */
export interface LoginCode {
  readonly words: string
  readonly account: string
  readonly host: string
}

/** How the modules ask that Debian has. */
const asksCode = ["*'erification code: '", "*'ne-time password'*': '"]

/**
 * A code is for this login only: a jump host asks by another name. Up to 8.4 ssh names nobody. What answers lies in a FIFO
 * beside this script; a passphrase is put back (a jump host may take the same key), a code is not. It never waits: the
 * FIFO is held open before it is claimed, so what Riegel wrote is still in it unless Riegel has ended.
 */
const askpass = ({ account, host }: { account: string; host: string }): string => {
  const names = [...new Set([host, host.toLowerCase()])].map(name => quote(`(${account}@${name}) `))
  return `#!/bin/sh
case $1 in
  "Enter passphrase for key '"*"': "|"Enter passphrase for "*": "|"Enter passphrase: ") kind=passphrase ;;
  "Enter PIN for "*": ") kind=pin ;;
  ${names.flatMap(name => asksCode.map(prompt => name + prompt)).join('|')}) kind=code ;;
  '('*) exit 1 ;;
  ${asksCode.join('|')}) kind=code ;;
  *) exit 1 ;;
esac
fifo=$0.$kind
[ -p "$fifo" ] || exit 1
exec 3<>"$fifo"
mv "$fifo" "$fifo.$$" 2>/dev/null || exit 1
kill -0 ${process.pid} 2>/dev/null || exit 1
IFS= read -r answer <&3 || exit 1
if [ $kind = code ]; then rm -f "$fifo.$$"
else printf '%s\\n' "$answer" >&3; mv "$fifo.$$" "$fifo" 2>/dev/null; fi
printf '%s\\n' "$answer"
`
}

/** More ssh does not read; so much fits into a FIFO at once. */
const longest = 1024

/** What is held open for a helper, by its path. */
const held = new Map<string, number[]>()

/**
 * ssh asks this for the passphrase and for a security key's PIN, by the exact prompt, and for a code that counts once;
 * anything else it asks fails (transaction.md, First contact). The environment, which everything that ssh starts inherits, only names the helper:
 * the answers are in FIFOs, so in no file, until `forgetAnswers`. Where there is no mkfifo (Windows) nothing is answered.
 */
export const askpassEnvironment = (
  folder: string,
  passphrase: string,
  code?: LoginCode,
  pin = '',
): Record<string, string> => {
  const helper = join(folder, `askpass-${randomBytes(4).toString('hex')}`)
  writeFileSync(helper, askpass(code ?? { account: '', host: '' }), { mode: 0o700 })
  const answers = Object.entries({ passphrase, code: code?.words ?? '', pin }).filter(([, words]) => words !== '')
  const paths = answers.map(([kind]) => `${helper}.${kind}`)
  held.set(helper, [])
  if (paths.length > 0 && spawnSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' }).status === 0)
    for (const [n, [, words]] of answers.entries()) {
      // for reading as well: else it would wait for who reads
      const opened = openSync(paths[n]!, constants.O_RDWR | constants.O_NONBLOCK)
      held.get(helper)!.push(opened)
      writeSync(opened, `${words.slice(0, longest)}\n`)
    }
  return { SSH_ASKPASS: helper, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' }
}

/** Takes the answers away again; of an environment without any, nothing. */
export const forgetAnswers = ({ SSH_ASKPASS: helper = '' }: Readonly<Record<string, string>>): void => {
  const opened = held.get(helper)
  if (opened === undefined) return
  held.delete(helper)
  // by the name first: whoever still could claim it finds the answer in it
  for (const path of [`${helper}.passphrase`, `${helper}.code`, `${helper}.pin`, helper]) rmSync(path, { force: true })
  for (const one of opened) closeSync(one)
}
