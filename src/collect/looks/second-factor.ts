import type { SecondFactorFacts } from '../../model/facts.js'
import { look, rows } from '../look.js'

/**
 * What PAM asks of a login over SSH, which code modules are installed, and for which accounts they find a secret: that
 * there is one, never what it is. Of a file of users only names leave the server that are accounts.
 */
export default look({
  section: 'secondFactor',
  limit: 8,
  beside: true,
  sh: String.raw`
need_root
depth=0 count=0 secrets= users= H='@{HOME}' U='@{USER}'
# NAME: the auth lines of a stack, with what it includes; a substack stays one, since jumps do not leave it
auth() {
  [ $depth -lt 6 ] || exit 75
  case $1 in /*) f=$1 ;; *) f=/etc/pam.d/$1; [ -f "$f" ] || f=/usr/lib/pam.d/$1 ;; esac
  [ -f "$f" ] || { printf 'L\tmissing %s\n' "$1"; return; }
  depth=$((depth + 1))
  while IFS= read -r line || [ -n "$line" ]; do
    while case $line in *\\) ;; *) false ;; esac; do more=; IFS= read -r more || [ -n "$more" ]; line=@{line%?}$more; done
    set -f; set -- @{line%%#*}; set +f
    case $1 in
      @include) auth "$2" ;;
      [aA][uU][tT][hH]|-[aA][uU][tT][hH])
        case $2 in
          include) auth "$3"; continue ;;
          substack) printf 'L\tsubstack %s\n' "$3"; auth "$3"; printf 'L\tend substack\n'; continue ;;
        esac
        count=$((count + 1)); [ $count -le 200 ] || exit 75
        dash=; case $1 in -*) dash=- ;; esac
        shift; printf 'L\t%s%s\n' "$dash" "$*"
        case $* in
          *pam_google_authenticator.so*)
            p='~/.google_authenticator'
            for w; do case $w in secret=*|'[secret='*) p=@{w#*secret=}; p=@{p%]} ;; esac; done
            secrets=$secrets$nl$p ;;
          *pam_oath.so*) for w; do case $w in usersfile=*) users=$users$nl@{w#usersfile=} ;; esac; done ;;
        esac ;;
    esac
  done <"$f"
  depth=$((depth - 1))
}
if [ -f /etc/pam.d/sshd ] || [ -f /usr/lib/pam.d/sshd ]; then auth sshd; else auth other; fi
for m in pam_google_authenticator.so pam_oath.so; do
  for d in /lib/security /lib64/security /usr/lib/security /usr/lib64/security /lib/*/security /usr/lib/*/security; do
    [ -e "$d/$m" ] && { printf 'M\t%s\n' $m; break; }
  done
done
# P: where an account's own file is
expand() {
  P=$1 turns=0
  case $P in '~'*) P=$home@{P#?} ;; esac
  while [ $turns -lt 8 ]; do
    case $P in
      *"$H"*) P=@{P%%"$H"*}$home@{P#*"$H"} ;;
      *"$U"*) P=@{P%%"$U"*}$name@{P#*"$U"} ;;
      *%h*) P=@{P%%%h*}$home@{P#*%h} ;;
      *%u*) P=@{P%%%u*}$name@{P#*%u} ;;
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
passwd | { count=0; while IFS=: read -r name x uid gid gecos home shell; do
  count=$((count + 1)); [ $count -le 5000 ] || exit 75
  for p in $secrets; do expand "$p"; [ -f "$P" ] && printf 'E\t%s\n' "$name"; done
  for p in $own; do expand "$p"; known "$P" "$name"; done
done; } || exit 75
true
`.replaceAll('@{', '${'),
  parse(raw): SecondFactorFacts {
    const words = (tag: string) => rows(raw.text, tag).map(row => row.join(' ').trim())
    return { auth: words('L'), modules: words('M'), enrolled: [...new Set(words('E'))] }
  },
})
