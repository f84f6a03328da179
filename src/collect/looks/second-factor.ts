import type { SecondFactorFacts } from '../../model/facts.js'
import { look, rows } from '../look.js'

/**
 * What PAM asks of a login over SSH, which code modules are installed, and for which accounts they find a secret: that
 * there is one, never what it is. Of a file of users only names leave the server that are accounts.
 */
export default look({
  section: 'secondFactor',
  limit: 8,
  sh: String.raw`
need_root
# the auth lines of a stack with what it includes, where its modules look for secrets (S, U); a substack stays one, since
# jumps do not leave it. In awk: a shell reads a file letter by letter
stack=$(awk '
function auth(name, depth,    f, line, more, got, n, w, i, dash, rest) {
  if (depth > 5 || ++files > 40) exit 75
  f = name ~ /^\// ? name : "/etc/pam.d/" name
  got = (getline line < f)
  if (got < 0 && name !~ /^\//) { f = "/usr/lib/pam.d/" name; got = (getline line < f) }
  if (got < 0) { print "L\tmissing " name; return }
  for (; got > 0; got = (getline line < f)) {
    while (line ~ /\\$/) { sub(/\\$/, "", line); if ((getline more < f) <= 0) break; line = line more }
    sub(/#.*/, "", line)
    n = split(line, w)
    if (w[1] == "@include") { auth(w[2], depth + 1); continue }
    if (tolower(w[1]) !~ /^-?auth$/) continue
    if (w[2] == "include") { auth(w[3], depth + 1); continue }
    if (w[2] == "substack") { print "L\tsubstack " w[3]; auth(w[3], depth + 1); print "L\tend substack"; continue }
    if (++lines > 200) exit 75
    rest = ""
    for (i = 2; i <= n; i++) rest = rest " " w[i]
    print "L\t" (w[1] ~ /^-/ ? "-" : "") substr(rest, 2)
    if (rest ~ /pam_google_authenticator\.so/) {
      more = "~/.google_authenticator"
      for (i = 3; i <= n; i++) if (w[i] ~ /^\[?secret=/) { more = w[i]; sub(/^\[?secret=/, "", more); sub(/\]$/, "", more) }
      print "S\t" more
    }
    if (rest ~ /pam_oath\.so/) for (i = 3; i <= n; i++) if (w[i] ~ /^usersfile=/) print "U\t" substr(w[i], 11)
  }
  close(f)
}
BEGIN {
  name = "sshd"
  if ((getline line < "/etc/pam.d/sshd") < 0 && (getline line < "/usr/lib/pam.d/sshd") < 0) name = "other"
  close("/etc/pam.d/sshd"); close("/usr/lib/pam.d/sshd")
  auth(name, 0)
}') || exit 75
printf '%s\n' "$stack"
secrets= users= H='@{HOME}' U='@{USER}'
set -f; IFS=$nl
for line in $stack; do case $line in 'S	'*) secrets=$secrets$nl@{line#??} ;; 'U	'*) users=$users$nl@{line#??} ;; esac; done
unset IFS; set +f
set --
for d in /lib/security /lib64/security /usr/lib/security /usr/lib64/security /lib/*/security /usr/lib/*/security; do
  [ -d "$d" ] && set -- "$@" "$d"
done
for m in pam_google_authenticator.so pam_oath.so; do
  for d; do [ -e "$d/$m" ] && { printf 'M\t%s\n' $m; break; }; done
done
# P: where an account's own file is, by the short-hands that these modules know (20191231; %u and %h are none)
expand() {
  P=$1 turns=0
  while [ $turns -lt 8 ]; do
    case $P in
      *"$H"*) P=@{P%%"$H"*}$home@{P#*"$H"} ;;
      *"$U"*) P=@{P%%"$U"*}$name@{P#*"$U"} ;;
      *'~'*) P=@{P%%'~'*}$home@{P#*'~'} ;;
      *) return ;;
    esac
    turns=$((turns + 1))
  done
}
passwd >/dev/null
# FILE [NAME]: accounts that a file of pam_oath knows, or only that one
known() {
  [ -f "$1" ] || return 0
  turns=0
  while IFS=' 	' read -r kind one rest || [ -n "$kind" ]; do
    turns=$((turns + 1)); [ $turns -le 5000 ] || exit 75
    case $kind in HOTP*) ;; *) continue ;; esac
    [ -z "$2" ] || [ "$2" = "$one" ] || continue
    case $nl$PASSWD in *"$nl$one:"*) printf 'E\t%s\n' "$one" ;; esac
  done <"$1"
}
own=
[ -n "$secrets" ] || secrets='~/.google_authenticator'
set -f; IFS=$nl
for p in $users; do case $p in *'$'*) own=$own$nl$p ;; *) known "$p" ;; esac; done
unset IFS; set +f
enrolled() {
  set -f; IFS=$nl
  for p in $secrets; do expand "$p"; [ -f "$P" ] && printf 'E\t%s\n' "$name"; done
  for p in $own; do expand "$p"; known "$P" "$name"; done
  unset IFS; set +f
}
each_account enrolled
true
`.replaceAll('@{', '${'),
  parse(raw): SecondFactorFacts {
    const words = (tag: string) => rows(raw.text, tag).map(row => row.join(' ').trim())
    const auth = words('L')
    // the shell stops at 200 lines, in 40 files
    if (auth.length > 300) throw new Error('too many lines')
    return { auth, modules: words('M'), enrolled: [...new Set(words('E'))] }
  },
})
