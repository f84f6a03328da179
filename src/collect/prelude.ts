/** Shell functions that every look may use. Reads only. */
export const prelude = String.raw`
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
# a name that no server answers for costs one second, not twenty
export RES_OPTIONS='timeout:1 attempts:1'
umask 077
have() { command -v "$1" >/dev/null 2>&1; }
need_root() { [ "${'$'}{RIEGEL_UID:=$(id -u)}" = 0 ] || exit 77; }
need() { have "$1" || exit 78; }
kv() { printf '%s=%s\n' "$1" "$2"; }
# NAME ENABLED ACTIVE of several units at once: each call of systemctl costs more than all the rest of a look
units() { systemctl show "$@" -p Id -p UnitFileState -p ActiveState 2>/dev/null | awk -F= '
  function out() { if (id != "") print id, (enabled == "" ? "not-found" : enabled), active; id = enabled = active = "" }
  $1 == "Id" { id = $2 } $1 == "UnitFileState" { enabled = $2 } $1 == "ActiveState" { active = $2 } $0 == "" { out() } END { out() }'; }
# one file: its state, then its lines behind a bar; never more than 64 KiB: fails where there is more
emit_file() {
  [ -f "$1" ] || return 0
  about=$(stat -L -c 'F	%n	%a	%U	%G	%.Y	%.Z	%s' -- "$1") || return 1
  printf '%s\n' "$about"
  if [ "${'$'}{about##*	}" -le 65536 ]; then sed 's/^/|/' "$1"; echo
  else head -c 65536 -- "$1" | sed 's/^/|/'; echo; return 1; fi
}
# does as an account what must not be done as root below its directories
as() {
  if [ "$1" = root ] || [ "${'$'}{RIEGEL_UID:=$(id -u)}" != 0 ]; then shift; "$@"; return; fi
  if have setpriv; then u=$1; shift; setpriv --reuid "$u" --regid "$(id -g "$u")" --clear-groups -- "$@"
  else u=$1; shift; runuser -u "$u" -- "$@"; fi
}
# the daemon's configuration files in the order sshd reads them, main file first
SSHD_CONFIG=${'$'}{RIEGEL_SSHD_CONFIG:-/etc/ssh/sshd_config}
conf_files() { conf_file "$SSHD_CONFIG" 0; }
conf_file() {
  [ -f "$1" ] && [ "$2" -lt 5 ] || return 0
  printf '%s\n' "$1"
  # most include nothing
  grep -qi '^[[:space:]]*include' "$1" || return 0
  sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]\{1,\}//p' "$1" | tr -d '"' | tr ' \t' '\n\n' | while read -r glob; do
    case $glob in '') continue ;; '#'*) break ;; /*) ;; *) glob=/etc/ssh/$glob ;; esac
    for file in $glob; do conf_file "$file" $(($2 + 1)); done
  done
}
conf_dirs() {
  conf_files | while read -r file; do
    grep -qi '^[[:space:]]*include' "$file" || continue
    sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]\{1,\}//p' "$file" | tr -d '"' | tr ' \t' '\n\n' | while read -r glob; do
      case $glob in '') continue ;; '#'*) break ;; /*) ;; *) glob=/etc/ssh/$glob ;; esac
      printf '%s\n' "${'$'}{glob%/*}"
    done
  done
  echo /etc/ssh
}
sshd_bin() { for b in /usr/sbin/sshd /usr/local/sbin/sshd; do [ -x "$b" ] && { echo "$b"; return; }; done; exit 78; }
# sshd refuses to test or print its configuration without this folder; where it is missing it is made and left (traps T5)
run_dir() { [ -d /run/sshd ] || mkdir -m 755 /run/sshd 2>/dev/null; }
`.trim()
