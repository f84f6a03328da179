import { privateKeyFacts } from '../../keys/private-key.js'
import type { PrivateKeyFacts } from '../../model/facts.js'
import { look, rows } from '../look.js'

/**
 * Private keys in the accounts' .ssh folders and one below, behind links too: of each only the first line and the first 48 characters of the second
 * (magic, cipher name, KDF name, in front of anything secret), and what ssh-keygen says of its public half.
 */
export default look({
  section: 'privateKeys',
  limit: 15,
  sh: String.raw`
need_root
# as its owner, below the home
heads='
  # what its own account may not look into, and folders in folders, are told as keys that nobody can tell
  dark() { printf "K\t%s\t%s\t\t\t\n" "$name" "$1"; }
  set --
  for f in "$home"/.ssh/* "$home"/.ssh/.[!.]* "$home"/.ssh/*/* "$home"/.ssh/.[!.]*/*; do
    # the list grows with its square
    [ $# -lt 500 ] || { dark "$home/.ssh"; break; }
    if [ -d "$f" ]; then
      case ${'$'}{f#"$home"/.ssh/} in */*) dark "$f" ;; *) [ -r "$f" ] && [ -x "$f" ] || dark "$f" ;; esac
    elif [ -f "$f" ]; then
      if [ -r "$f" ]; then set -- "$@" "$f"
      # what ssh under sudo leaves behind is no key
      else case ${'$'}{f##*/} in known_hosts*|authorized_keys*|config|*.pub) ;; *) dark "$f" ;; esac; fi
    fi
  done
  # of each no more than its beginning, however long it is; two names at least, or head does not print them
  [ $# -gt 0 ] && head -c 100 -- /dev/null "$@" | awk "/^==> .* <==\$/ { f = \$0; next } f != \"\" { if (/^-----BEGIN .*PRIVATE KEY-----/) print substr(f, 5, length(f) - 8); f = \"\" }" | while IFS= read -r f; do
    one=$(head -c 200 -- "$f" | head -n 1 | tr -d "\000")
    case $one in "-----BEGIN "*"PRIVATE KEY-----") ;; *) continue ;; esac
    two=$(head -n 2 -- "$f" | tail -n 1 | cut -c1-48)
    about=$(ssh-keygen -l -f "$f" 2>/dev/null </dev/null | head -n 1)
    printf "K\t%s\t%s\t%s\t%s\t%s\n" "$name" "$f" "$one" "$two" "$about"
  done
  if [ -r "$home/.ssh" ] && [ -x "$home/.ssh" ]; then :
  elif [ -x "$home" ] && [ ! -e "$home/.ssh" ]; then :
  else dark "$home/.ssh"; fi
  printf "E\t%s\n" "$name"'
keys() {
  # whoever shares root's home, as on Red Hat, has nothing there that root has not seen
  if [ "$name" = root ]; then roots=$home; elif [ "$home" = "$roots" ]; then return; fi
  [ -d "$home/.ssh" ] || shut "$home" || return
  printf 'A\t%s\n' "$name"
  if [ "$name" = root ]; then eval "$heads"
  else as "$name" sh -c "name=\$1 home=\$2; $heads" look "$name" "$home"; fi
}
roots=
each_account keys
true
`,
  parse(raw): PrivateKeyFacts[] {
    const ended = new Set(rows(raw.text, 'E').map(([account]) => account))
    const unread = rows(raw.text, 'A').find(([account]) => !ended.has(account))
    if (unread) throw new Error(`the keys of ${unread[0]} could not be read`)
    return rows(raw.text, 'K').map(([account, path, first, second, about]) =>
      privateKeyFacts(account!, path!, first!, second!, about ?? ''),
    )
  },
})
