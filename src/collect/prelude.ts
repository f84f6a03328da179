/**
 * Shell functions that every look may use. Reads only. What several looks need is asked once: `gather_...` fills its
 * variables where looks share a shell, and a look that runs alone asks when it needs them.
 */
export const prelude = String.raw`
# a shell without a printf of its own (mksh) would show in argument lists what it prints
PATH=/; command -v printf >/dev/null || exit 78
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
# a name that no server answers for costs one second, not twenty
export RES_OPTIONS='timeout:1 attempts:1'
umask 077
nl='
'
# what is asked once is kept in these; nobody's environment may speak for it
unset PASSWD SHADOW NOW UPTIME CONTAINER ASKED SHOWN STATES CONFIG SAID SAYS
have() { command -v "$1" >/dev/null 2>&1; }
need_root() { [ "@{RIEGEL_UID:=$(id -u)}" = 0 ] || exit 77; }
need() { have "$1" || exit 78; }
kv() { printf '%s=%s\n' "$1" "$2"; }
# a list that broke off is none
ask_passwd() { [ -n "$PASSWD" ] || PASSWD=$(getent passwd) || PASSWD=; [ -n "$PASSWD" ]; }
passwd() { ask_passwd || exit 70; printf '%s\n' "$PASSWD"; }
shadow() { [ -n "$SHADOW" ] || SHADOW=$(getent shadow) || return; printf '%s\n' "$SHADOW"; }
# calls a function for each account, with name, uid, gid, home and shell of it; without a pipe, from which a shell reads
# letter by letter
each_account() {
  for_each=$1
  passwd >/dev/null
  set -f; IFS=$nl; set -- $PASSWD; unset IFS; set +f
  [ $# -le 5000 ] || exit 75
  for account; do
    set -f; IFS=:; set -- $account; unset IFS; set +f
    name=$1 uid=$3 gid=$4 home=$6 shell=$7
    [ $# -le 7 ] || shell=:
    $for_each
  done
}
# wall clock and uptime in the same breath
clocks() { [ -n "$NOW" ] || { NOW=$(date +%s.%N); read -r UPTIME rest </proc/uptime; }; }
# what systemd wrote down when it booted, where its own tool would look too; else that tool
container() {
  [ -n "$CONTAINER" ] && return
  if [ -s /run/systemd/container ]; then read -r CONTAINER </run/systemd/container; else CONTAINER=$(systemd-detect-virt --container || true); fi
}

# where there is systemd: all it says of sshd's units (SHOWN), and of others whether they are active (STATES), which is
# one question however many they are. ASKED: yes, no where there is none, failed where it did not answer
SSH_UNITS='ssh.service sshd.service ssh.socket'
ask_units() {
  ASKED=no; SHOWN=; STATES=
  [ -d /run/systemd/system ] || return 0
  ASKED=failed
  STATES=$(systemctl list-units --all --plain --no-legend --full $SSH_UNITS $RIEGEL_UNITS) || return 0
  set --
  for one in $SSH_UNITS; do
    has_unit $one || continue
    # Debian's other name of the first, which would be told twice
    [ $one = sshd.service ] && [ /etc/systemd/system/$one -ef /usr/lib/systemd/system/ssh.service ] && continue
    # a socket that neither listens nor will at the next boot is Debian's own, unused
    boot_of $one; state_of $one
    [ $one = ssh.socket ] && [ $BOOT = disabled ] && [ $ACTIVE != active ] || set -- "$@" $one
  done
  [ $# -eq 0 ] || SHOWN=$(systemctl show "$@" -p Id -p LoadState -p ActiveState -p UnitFileState -p NeedDaemonReload -p MainPID -p FragmentPath -p ExecStart -p StateChangeTimestampMonotonic -p KillMode -p Listen -p Accept -p Triggers -p DropInPaths) || { SHOWN=; return 0; }
  ASKED=yes
}
has_unit() {
  for d in /etc/systemd/system /run/systemd/system /usr/lib/systemd/system /lib/systemd/system /usr/local/lib/systemd/system \
    /run/systemd/generator /run/systemd/generator.early /run/systemd/generator.late /run/systemd/transient /etc/systemd/system.control /run/systemd/system.control; do
    [ -e $d/$1 ] || [ -L $d/$1 ] && return 0
  done
  return 1
}
# what holds of one unit, in variables: a shell for each answer would cost more than the answer.
# ACTIVE, by what systemd said of all; its columns are padded
state_of() {
  ACTIVE=inactive
  case $nl$STATES in *"$nl$1 "*) ;; *) return ;; esac
  part=$nl$STATES; part=@{part#*"$nl$1 "}
  set -f; set -- @{part%%"$nl"*}; set +f
  ACTIVE=$2
}
# BOOT, whether anything starts it at boot: enabled where a link was made for it, static where its package brings one
boot_of() {
  BOOT=masked; [ -c /etc/systemd/system/$1 ] && return
  BOOT=masked-runtime; [ -c /run/systemd/system/$1 ] && return
  BOOT=enabled; for l in /etc/systemd/system/*.wants/$1 /etc/systemd/system/*.requires/$1; do [ -L $l ] && return; done
  BOOT=enabled-runtime; for l in /run/systemd/system/*.wants/$1 /run/systemd/system/*.requires/$1; do [ -L $l ] && return; done
  BOOT=generated; for l in /run/systemd/generator*/*.wants/$1 /run/systemd/generator*/*.requires/$1; do [ -L $l ] && return; done
  BOOT=static; for l in /usr/lib/systemd/system/*.wants/$1 /lib/systemd/system/*.wants/$1; do [ -L $l ] && return; done
  BOOT=disabled
}
units_asked() { [ -n "$ASKED" ] || ask_units; [ "$ASKED" != failed ] || exit 70; }
# BOOT and ACTIVE of one unit; fails where there is no systemd
unit() {
  units_asked
  [ "$ASKED" = yes ] || return 1
  BOOT=not-found ACTIVE=inactive
  has_unit $1 || return 0
  boot_of $1; state_of $1
}

# some files: of each its state, then its lines behind a bar; never more than 64 KiB: fails where there is more
emit_files() {
  [ $# -gt 0 ] || return 0
  about=$(stat -L -c 'F	%n	%a	%U	%G	%.Y	%.Z	%s' -- "$@") || return 1
  rest=$about
  for f; do
    line=@{rest%%"$nl"*}; rest=@{rest#*"$nl"}
    [ "@{line##*	}" -le 65536 ] || { printf '%s\n' "$line"; head -c 65536 -- "$f" | sed 's/^/|/'; echo; return 1; }
  done
  ABOUT=$about awk '
    BEGIN { n = split(ENVIRON["ABOUT"], heads, "\n"); for (i = 1; i <= n; i++) { split(heads[i], w, "\t"); head[w[2]] = heads[i] } }
    FNR == 1 { print head[FILENAME]; told[FILENAME] = 1 } { print "|" $0 } END { for (f in head) if (!(f in told)) print head[f] }' "$@"
}
emit_file() { [ -f "$1" ] || return 0; emit_files "$1"; }

# a folder that even root may not look into, as on a network: what is in it is not seen
shut() { [ -d "$1" ] && [ ! -x "$1" ]; }

# does as an account what must not be done as root below its directories
as() {
  if [ "$1" = root ] || [ "@{RIEGEL_UID:=$(id -u)}" != 0 ]; then shift; "$@"; return; fi
  u=$1; shift
  # with its groups, as sshd reads: one of them may be what opens a folder above its home
  if have setpriv && [ ! /bin/setpriv -ef /bin/busybox ]; then set -- setpriv --reuid "$u" --regid "$(id -g "$u")" --init-groups -- "$@"
  elif have runuser; then set -- runuser -u "$u" -- "$@"
  # busybox has neither: its setpriv cannot become somebody
  else set -- su -s /bin/sh -c 'exec "$@"' -- "$u" sh "$@"; fi
  # whoever else that account is could reach into its process: it holds neither the token nor the way on which answers go
  RIEGEL_TOKEN= "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- | head -c 2000000
}

# the daemon's configuration as lines of WORD TAB REST: its files in the order sshd reads them, the folders it includes
# from, and what stands behind the keywords that lead elsewhere
SSHD_CONFIG=@{RIEGEL_SSHD_CONFIG:-/etc/ssh/sshd_config} scanned=0
scan_config() {
  unset IFS
  [ -f "$1" ] || return 0
  # sshd goes down to 16; more than so many is no configuration of a person's
  scanned=$((scanned + 1)); [ "$2" -le 16 ] && [ $scanned -le 250 ] || { printf 'beyond	%s\n' "$1"; return; }
  printf 'file	%s\n' "$1"
  lines=$(awk 'tolower($0) ~ /^[ \t]*(include|match|banner|authorizedkeysfile)[ \t=]/ {
    gsub(/"/, ""); sub(/^[ \t]+/, ""); match($0, /[ \t=]+/); print tolower(substr($0, 1, RSTART - 1)) "\t" substr($0, RSTART + RLENGTH) }' "$1")
  [ -n "$lines" ] || return 0
  printf '%s\n' "$lines"
  case $lines in *include*) ;; *) return 0 ;; esac
  set -f; IFS=$nl
  for entry in $lines; do
    unset IFS
    case $entry in 'include	'*) ;; *) continue ;; esac
    for glob in @{entry#*	}; do
      case $glob in '#'*) break ;; /*) ;; *) glob=/etc/ssh/$glob ;; esac
      printf 'dir	%s\n' "@{glob%/*}"
      set +f; for file in $glob; do scan_config "$file" $(($2 + 1)); done; set -f
    done
  done
  unset IFS; set +f
}
read_config() { [ -n "$CONFIG" ] || CONFIG=$(scan_config "$SSHD_CONFIG" 0; printf 'dir	/etc/ssh\n'); }
# CONFIGURED: the lines of what stands behind one word of it
config() {
  read_config
  case $nl$CONFIG in *"@{nl}beyond	"*) exit 75 ;; esac
  CONFIGURED=; set -f; IFS=$nl
  for line in $CONFIG; do case $line in "$1	"*) CONFIGURED=$CONFIGURED$nl@{line#*	} ;; esac; done
  unset IFS; set +f
  CONFIGURED=@{CONFIGURED#"$nl"}
}
# SSHD: the program
find_sshd() { for SSHD in /usr/sbin/sshd /usr/local/sbin/sshd; do [ -x $SSHD ] && return; done; return 1; }
# sshd refuses to test or print its configuration without this folder; where it is missing it is made and left (traps T5)
run_dir() { [ -d /run/sshd ] || mkdir -m 755 /run/sshd 2>/dev/null; }
# what sshd makes of its files for root over the operator's connection, or over one from here; fails where it refuses them
sshd_says() {
  if [ -z "$SAID" ]; then
    run_dir
    set -- $RIEGEL_CONNECTION
    find_sshd && SAYS=$($SSHD -T -f "$SSHD_CONFIG" -C "user=root,host=@{1:-127.0.0.1},addr=@{1:-127.0.0.1},laddr=@{3:-127.0.0.1},lport=@{4:-22},rdomain=" 2>/dev/null)
    SAID=$?
  fi
  return $SAID
}
# what the two rows of looks need before they begin; the one asks systemd for both
gather_beside() {
  ask_units
  printf '%s\n%s states\n%s\n%s units %s\n' "$SHOWN" "$RIEGEL_TOKEN" "$STATES" "$RIEGEL_TOKEN" "$ASKED"
}
gather_quick() {
  ask_passwd; container
  [ "$RIEGEL_UID" = 0 ] && { shadow >/dev/null; read_config; sshd_says; }
}
gather_units() {
  part=
  while IFS= read -r line; do
    case $line in
      "$RIEGEL_TOKEN states") SHOWN=$part; part= ;;
      "$RIEGEL_TOKEN units "*) STATES=$part; ASKED=@{line##* }; break ;;
      *) part=$part$line$nl ;;
    esac
  done
}
`
  .trim()
  .replaceAll('@{', '${')
