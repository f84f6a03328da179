import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const askpass = `#!/bin/sh
case $1 in
  "Enter passphrase for key '"*"': "|"Enter passphrase for "*": "|"Enter passphrase: ") answer=$RIEGEL_PASSPHRASE ;;
  *'erification code: '|*'ne-time password'*': ') answer=$RIEGEL_CODE ;;
esac
[ -n "$answer" ] && printf '%s\\n' "$answer"
`

/**
 * ssh asks this for the passphrase, once, by the exact prompt, and for a code that counts once; anything else it asks
 * fails (transaction.md, First contact).
 */
export const askpassEnvironment = (folder: string, passphrase: string, code = ''): Record<string, string> => {
  const helper = join(folder, 'askpass')
  writeFileSync(helper, askpass, { mode: 0o700 })
  return {
    SSH_ASKPASS: helper,
    SSH_ASKPASS_REQUIRE: 'force',
    DISPLAY: ':0',
    RIEGEL_PASSPHRASE: passphrase,
    RIEGEL_CODE: code,
  }
}
