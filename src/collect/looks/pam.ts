import type { PamFacts } from '../../model/facts.js'
import { look, must, pairs, rows } from '../look.js'
import { pamStack, stackLines } from '../pam-stack.js'

/** Whom PAM's account phase may keep out of sshd (pam.d(5)). The proof shows it too, but cannot say why. */
export default look({
  section: 'pam',
  limit: 5,
  only: 'harden',
  sh: String.raw`
need_root
${pamStack('account')}if [ -f /etc/pam.d/sshd ]; then stack /etc/pam.d/sshd 0; else stack /etc/pam.d/other 0; fi
denies=no
for f in /etc/security/access.conf /etc/security/access.d/*.conf; do
  [ -f "$f" ] && grep -q '^[[:space:]]*-' -- "$f" && denies=yes
done
kv access-denies $denies
[ -f /etc/pam.d/sshd ] && head -n 500 -- /etc/pam.d/sshd | sed 's/^/L\t/'
for f in /var/lib/second-factor/*; do [ -f "$f" ] && printf 'F\t%s\n' "${'$'}{f##*/}"; done
true
`,
  parse(raw): PamFacts {
    return {
      account: stackLines(rows(raw.text, 'P')),
      accessDenies: must(pairs(raw.text), 'access-denies') === 'yes',
      sshd: rows(raw.text, 'L').map(fields => fields.join('\t')),
      factors: rows(raw.text, 'F').map(([name]) => name!),
    }
  },
})
