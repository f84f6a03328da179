import type { PasswordPolicyFacts } from '../../model/facts.js'
import { look, rows } from '../look.js'
import { pamStack, stackLines } from '../pam-stack.js'

/** What PAM asks of a new password (pam.d(5), pwquality.conf(5)). Everybody may read these files; no program is needed. */
export default look({
  section: 'passwordPolicy',
  limit: 5,
  sh: String.raw`
[ -d /etc/pam.d ] || exit 78
${pamStack('password')}if [ -e /etc/pam.d/passwd ]; then stack /etc/pam.d/passwd 0; else stack /etc/pam.d/other 0; fi
for f in /etc/security/pwquality.conf /etc/security/pwquality.conf.d/*.conf; do
  [ -e "$f" ] || continue
  [ -r "$f" ] || exit 77
  while IFS='= 	' read -r name value || [ -n "$name" ]; do
    case $name in minlen|*credit|enforcing) printf 'Q\t%s\t%s\n' "$name" "$value" ;; esac
  done <"$f"
done
true
`,
  parse(raw): PasswordPolicyFacts {
    return {
      pam: stackLines(rows(raw.text, 'P')),
      pwquality: rows(raw.text, 'Q').map(([name, value]) => ({ name: name!, value: value!.replace(/#.*/, '').trim() })),
    }
  },
})
