/**
 * The library that every script of a transaction on the server sources: plain POSIX sh, nothing but what Debian's
 * essential packages bring. `D` is the transaction's own directory, set by the script that sources it.
 *
 * The life of a transaction is the name of one file in D: staged, armed, undoing or confirming, then confirmed,
 * rolled-back or stuck. Confirm and undo both begin by renaming `armed`, so exactly one of them wins. What happens
 * while it is armed stands in `stage`.
 */
export const lib = String.raw`
umask 077
LC_ALL=C; PATH=/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH
R=/var/lib/riegel
ID=${'$'}{D##*/}
GUARD=/etc/systemd/system/riegel-guard.service
WANTS=/etc/systemd/system/multi-user.target.wants/riegel-guard.service
EMERGENCY=/usr/local/sbin/riegelundo
. "$D/vars"

say() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$D/journal"; }
die() { say "failed: $*"; printf 'riegel: %s\n' "$*"; exit 70; }
# in the order of a life, and once more: a rename that falls between two of these looks is not missed
state() { for s in staged armed undoing confirming confirmed rolled-back stuck staged armed undoing confirming confirmed rolled-back stuck; do if [ -e "$D/$s" ]; then echo $s; return; fi; done; echo none; }
up() { read -r u _ </proc/uptime; echo "${'$'}{u%%.*}"; }
durable() { sync -- "$@" 2>/dev/null || sync; }
tell() { logger -t riegel "$*" 2>/dev/null || true; }
shout() { command -v wall >/dev/null 2>&1 && wall "$*" >/dev/null 2>&1 || true; }
have() { command -v "$1" >/dev/null 2>&1; }

# what a path is now, in one word; equal words mean equal content, mode and owner
digest() {
  if [ -L "$1" ]; then printf 'link:%s' "$(readlink -- "$1")"
  elif [ -f "$1" ]; then printf '%s:%s' "$(sha256sum <"$1" | cut -c1-64)" "$(stat -c '%a:%u:%g' -- "$1")"
  elif [ -d "$1" ]; then printf 'dir:%s' "$(stat -c '%a:%u:%g' -- "$1")"
  elif [ -e "$1" ]; then printf other
  else printf absent; fi
}
# as an account, what must not be done as root below its directories
as() {
  if [ "$1" = root ]; then shift; "$@"; return; fi
  u=$1; shift
  if have setpriv; then set -- setpriv --reuid "$u" --regid "$(id -g "$u")" --clear-groups -- "$@"; else set -- runuser -u "$u" -- "$@"; fi
  # whoever else that account is could reach into its process: it holds neither the connection nor a lock
  r=0; said=$("$@" 2>/dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-) || r=$?
  [ -z "$said" ] || printf '%s\n' "$said"
  return $r
}
# a private folder on the filesystem of a target, so that putting things back is a rename and needs no space
store() {
  d=${'$'}{1%/*}; [ -n "$d" ] || d=/
  [ -d "$d" ] || d=${'$'}{d%/*}
  if [ "$(stat -c %d "$d")" = "$(stat -c %d "$D")" ]; then echo "$D"; return; fi
  while [ "$d" != / ]; do
    parent=${'$'}{d%/*}; [ -n "$parent" ] || parent=/
    [ "$(stat -c %d "$parent")" = "$(stat -c %d "$d")" ] || break
    d=$parent
  done
  s=${'$'}{d%/}/.riegel-$ID
  [ -d "$s" ] || { mkdir -m 700 "$s"; echo "$s" >>"$D/stores"; }
  echo "$s"
}

# as if it had never begun: only while nothing was touched
forget() { for x in $(cat "$D/stores" 2>/dev/null); do rm -rf "$x"; done; release; rm -rf "$D"; rmdir "$R" 2>/dev/null; true; }

# --- forward steps -------------------------------------------------------------------------------------------
# Each holds the lock that undo takes, and looks before each write whether the state is still the one it began with:
# killing the client does not stop the shell it started here.
step() {
  FROM=$1
  exec 9>>"$D/step.lock"
  flock -w 20 9 || die 'another step holds the lock'
  fence
  renew
}
fence() { [ -e "$D/armed" ] && [ "$(cat "$D/stage")" = "$FROM" ] || { echo 'riegel: taken back meanwhile'; exit 76; }; }
renew() { [ -e "$D/armed" ] || exit 76; echo $(($(up) + LEASE)) >"$D/lease.new"; mv -f "$D/lease.new" "$D/lease"; }
mark() { fence; echo "$1" >"$D/stage.new"; mv -f "$D/stage.new" "$D/stage"; durable "$D/stage" "$D"; FROM=$1; say "state $1"; }

# --- files ---------------------------------------------------------------------------------------------------
save_file() {
  before=$(digest "$2")
  case $before in link:*|dir:*|other) die "$2 is not a plain file" ;; esac
  d=${'$'}{2%/*}
  # a folder that is made with the file, and goes with it
  if [ "$3" = folder ] && [ ! -e "$d" ]; then echo "$d" >>"$D/folders"; d=${'$'}{d%/*}; fi
  [ -d "$d" ] || die "$d is missing"
  [ -w "$d" ] || die "$d cannot be written"
  if have lsattr; then
    for q in "$2" "$d"; do case $(lsattr -d -- "$q" 2>/dev/null) in *i*' '*) die "$q is immutable (chattr +i)" ;; esac; done
  fi
  s=$(store "$2"); echo "$s" >"$D/store-$1"
  [ "$before" = absent ] || cp -a -- "$2" "$s/old-$1" || die "cannot save $2"
  printf '%s\t%s\t%s\n' "$1" "$before" "$2" >>"$D/before"
}
# new content beside its target: mode and owner of what it replaces, or as given
stage_file() {
  new=$(cat "$D/store-$1")/new-$1-$2
  if [ -e "$(cat "$D/store-$1")/old-$1" ]; then cp -a -- "$(cat "$D/store-$1")/old-$1" "$new"; sed "s/@ID@/$ID/g" >"$new"
  else sed "s/@ID@/$ID/g" >"$new"; chown 0:0 "$new"; chmod "$3" "$new"; fi || die "cannot write $new"
}
put_file() {
  fence
  new=$(cat "$D/store-$1")/new-$1-$2
  [ -e "$new" ] || return 0
  if made "${'$'}{3%/*}" && [ ! -d "${'$'}{3%/*}" ]; then mkdir -m 755 "${'$'}{3%/*}" && durable "${'$'}{3%/*/*}" || die "cannot make ${'$'}{3%/*}"; fi
  cp -- "$new" "$D/put-$1" || die "cannot keep a copy of $3"
  mv -f -- "$new" "$3" || die "cannot write $3"
  durable "$3" "${'$'}{3%/*}"
  printf '%s\t%s\n' "$(digest "$3")" "$3" >>"$D/wrote"
}
drop_file() {
  fence
  rm -f -- "$2" || die "cannot remove $2"
  durable "${'$'}{2%/*}"
  printf 'absent\t%s\n' "$2" >>"$D/wrote"
}
# every file still is what was last written: somebody else's hand means stop
unchanged() {
  [ -s "$D/wrote" ] || return 0
  awk -F '\t' '{ d[$2] = $1 } END { for (p in d) print d[p] "\t" p }' "$D/wrote" | {
    while IFS='	' read -r d p; do [ "$(digest "$p")" = "$d" ] || { say "changed by somebody else: $p"; printf '%s\n' "$p"; exit 1; }; done
  }
}
before_of() { awk -F '\t' -v n="$1" '$1 == n { print $2; exit }' "$D/before"; }
# of a file that somebody changed since, and that was merged before undo began: what it was then (2), what it becomes (3)
merged() { awk -F '\t' -v p="$1" -v f="$2" '$4 == p { print $f; exit }' "$D/merged" 2>/dev/null; }
ours() { awk -F '\t' -v p="$1" -v d="$2" '$2 == p && $1 == d { f = 1 } END { exit !f }' "$D/wrote" 2>/dev/null; }
made() { grep -qxF "$1" "$D/folders" 2>/dev/null; }
undo_file() {
  put_back "$1" "$2" || return 1
  # what else was put there meanwhile keeps it
  if made "${'$'}{2%/*}" && [ -d "${'$'}{2%/*}" ]; then rmdir -- "${'$'}{2%/*}" 2>/dev/null; durable "${'$'}{2%/*/*}"; fi
  true
}
put_back() {
  before=$(before_of "$1"); now=$(digest "$2"); s=$(cat "$D/store-$1"); old=$s/old-$1
  [ "$now" = "$before" ] && return 0
  if [ -e "$D/late" ] && ! ours "$2" "$now"; then
    [ "$now" != "$(merged "$2" 3)" ] || return 0
    if [ "$now" != "$(merged "$2" 2)" ]; then echo "$2" >>"$D/drift"; echo "kept, since somebody changed it: $2"; return 0; fi
    before=$(merged "$2" 3); old=$s/merge-$1
  fi
  if [ "$before" = absent ]; then rm -f -- "$2" || return 1
  else [ -e "$old" ] || return 1; mv -f -- "$old" "$2" || return 1; fi
  durable "$2" "${'$'}{2%/*}"
}

# --- modes ---------------------------------------------------------------------------------------------------
save_mode() { [ -L "$3" ] && die "$3 is a link"; printf '%s\t%s\t%s\n' "$1" "$(as "$2" stat -c %a -- "$3")" "$3" >>"$D/modes"; }
put_mode() { fence; [ -L "$3" ] && die "$3 is a link"; as "$2" chmod "$4" -- "$3" || die "cannot change the mode of $3"; }
undo_mode() {
  [ -e "$3" ] && [ ! -L "$3" ] || return 0
  [ -e "$D/late" ] && [ "$(stat -c %a -- "$3")" != "$4" ] && { echo "kept, since somebody changed its mode: $3"; return 0; }
  as "$2" chmod "$(awk -F '\t' -v n="$1" '$1 == n { print $2; exit }' "$D/modes")" -- "$3"
}

# --- accounts ------------------------------------------------------------------------------------------------
# one field of one line of /etc/shadow, under the lock that passwd and usermod take
shadow_field() {
  i=0
  until (set -C; echo $$ >/etc/shadow.lock) 2>/dev/null; do
    # a lock whose owner was killed holds nobody up
    p=$(tr -cd '0-9' 2>/dev/null </etc/shadow.lock)
    if [ -n "$p" ]; then kill -0 "$p" 2>/dev/null || rm -f /etc/shadow.lock
    elif [ $i -gt 20 ]; then find /etc/shadow.lock -empty -delete 2>/dev/null; fi
    i=$((i + 1)); [ $i -lt 50 ] || return 1; sleep 0.2
  done
  cp -a /etc/shadow /etc/shadow.riegel && awk -F: -v OFS=: -v n="$1" -v f="$2" -v v="$3" '$1 == n { $f = v } { print }' /etc/shadow >/etc/shadow.riegel && sync -- /etc/shadow.riegel && mv -f /etc/shadow.riegel /etc/shadow
  r=$?; rm -f /etc/shadow.lock /etc/shadow.riegel; return $r
}
shadow_of() { awk -F: -v n="$1" -v f="$2" '$1 == n { print $f; exit }' /etc/shadow; }
save_account() {
  getent passwd "$1" >/dev/null && die "the account $1 exists already"
  getent group "$1" >/dev/null && die "the group $1 exists already"
  [ -e "$2" ] || [ -L "$2" ] && die "$2 exists already"
  [ -d "${'$'}{2%/*}" ] || die "${'$'}{2%/*} is missing"
}
# explicit values: nothing from login.defs, a skeleton or a default ACL; no home key that Riegel did not put there
make_account() {
  fence
  if ! getent passwd "$1" >/dev/null; then
    e=$(useradd -U -M -d "$2" -s "$3" -c '' -e '' -f -1 -p '*' -K PASS_MAX_DAYS=99999 -K PASS_MIN_DAYS=0 -K PASS_WARN_AGE=7 "$1" 2>&1) || die "useradd $1: $(printf %s "$e" | tail -n 1)"
  fi
  chage -d "$(date +%Y-%m-%d)" -m 0 -M 99999 -I -1 -E -1 "$1" || die "chage $1"
  if [ ! -d "$2" ]; then
    mkdir -m 700 "$2" && mkdir -m 700 "$2/.ssh" && cp "$D/keys-$1" "$2/.ssh/authorized_keys" || die "cannot make $2"
    have setfacl && setfacl -R -b "$2" 2>/dev/null
    chmod 700 "$2" "$2/.ssh"; chmod 600 "$2/.ssh/authorized_keys"
    chown -h "$1:$1" "$2/.ssh/authorized_keys" && chown -h "$1:$1" "$2/.ssh" && chown -h "$1:$1" "$2" || die "chown $2"
    have restorecon && restorecon -R "$2" 2>/dev/null
    durable "$2/.ssh/authorized_keys" "$2/.ssh" "$2" "${'$'}{2%/*}"
  fi
  durable /etc/passwd /etc/shadow /etc/group
}
give_password() { fence; printf '%s:%s\n' "$1" "$SECRET" | chpasswd || die "chpasswd $1"; durable /etc/shadow; }
# but not the session through which this very script was started
ancestors() { a=$$; while [ "$a" -gt 1 ]; do echo "$a"; a=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$a/status" 2>/dev/null); [ -n "$a" ] || break; done; }
end_processes() {
  spared=" $(ancestors | tr '\n' ' ')"
  for p in /proc/[0-9]*; do
    case $spared in *" ${'$'}{p#/proc/} "*) continue ;; esac
    [ "$(stat -c %u "$p" 2>/dev/null)" = "$1" ] && kill -9 "${'$'}{p#/proc/}" 2>/dev/null
  done
  true
}
undo_account() {
  # userdel writes one file after the other: what a cut between them left goes too
  uid=$(id -u "$1" 2>/dev/null) || {
    ! getent group "$1" >/dev/null || groupdel "$1" || return 1
    ! grep -q "^$1:" /etc/shadow || sed -i "/^$1:/d" /etc/shadow || return 1
    [ ! -d "$2" ] || rmdir -- "$2"; return
  }
  [ "$uid" -gt 0 ] || return 1
  # made, but never handed over: it is still root's, below a folder of root's
  if [ -d "$2" ] && [ ! -L "$2" ] && [ "$(stat -c %u "$2")" = 0 ]; then rm -rf -- "$2"; fi
  if [ -d "$2" ]; then
    other=$(as "$1" find "$2" -xdev -mindepth 1 ! -path "$2/.ssh" ! -path "$2/.ssh/authorized_keys" ! -path "$2/.cache" ! -path "$2/.cache/motd.legal-displayed" ! -path "$2/.sudo_as_admin_successful" -print -quit 2>/dev/null)
    if [ -n "$other" ]; then
      usermod -L -e 1 "$1"; echo "the account $1 stays, locked, since its home holds $other" | tee -a "$D/drift"; return 0
    fi
  fi
  # its own systemd is asked to end: one that is killed stays behind as a failed unit
  [ "$MODE" = boot ] || timeout 10 systemctl stop "user@$uid.service" 2>/dev/null
  end_processes "$uid"
  if [ -d "$2" ]; then
    as "$1" sh -c 'cd "$1" && rm -f -- .ssh/authorized_keys .cache/motd.legal-displayed .sudo_as_admin_successful; rmdir -- .ssh .cache 2>/dev/null' riegel "$2"
    rmdir -- "$2" || return 1
  fi
  i=0; until userdel -f "$1" 2>/dev/null || ! getent passwd "$1" >/dev/null; do i=$((i + 1)); [ $i -lt 10 ] || return 1; end_processes "$uid"; sleep 0.3; done
  [ "$MODE" = boot ] || systemctl reset-failed "user@$uid.service" 2>/dev/null
  getent group "$1" >/dev/null && groupdel "$1"
  durable /etc/passwd /etc/shadow /etc/group
  ! getent passwd "$1" >/dev/null
}
save_lock() { printf '%s\t%s\t%s\n' "$1" "$(case $(shadow_of "$1" 2) in '!'*) echo locked ;; '') echo none ;; *) echo open ;; esac)" "$(shadow_of "$1" 8)" >>"$D/locks"; }
lock_account() {
  fence
  case $(shadow_of "$1" 2) in '!'*) ;; *) usermod -L "$1" || die "usermod -L $1" ;; esac
  [ "$2" = expire ] && { usermod -e 1 "$1" || die "usermod -e $1"; }
  durable /etc/shadow
}
undo_lock() {
  getent passwd "$1" >/dev/null || return 0
  was=$(awk -F '\t' -v n="$1" '$1 == n { print $2; exit }' "$D/locks"); field=$(shadow_of "$1" 2)
  case $was in open|none) case $field in '!'*) shadow_field "$1" 2 "${'$'}{field#!}" || return 1 ;; esac ;; esac
  [ "$2" = expire ] && { shadow_field "$1" 8 "$(awk -F '\t' -v n="$1" '$1 == n { print $3; exit }' "$D/locks")" || return 1; }
  durable /etc/shadow
}
# only where there is no password: what stands there is no hash and may be kept
save_password() {
  field=$(shadow_of "$1" 2)
  case $field in '*'|'!'|'!*'|'!!') ;; *) die "$1 has a password" ;; esac
  printf '%s\t%s\t%s\n' "$1" "$field" "$(shadow_of "$1" 3)" >>"$D/passwords"
}
undo_password() {
  getent passwd "$1" >/dev/null || return 0
  shadow_field "$1" 2 "$(awk -F '\t' -v n="$1" '$1 == n { print $2; exit }' "$D/passwords")" &&
    shadow_field "$1" 3 "$(awk -F '\t' -v n="$1" '$1 == n { print $3; exit }' "$D/passwords")"
}
# the secret of a second factor in a folder of root's, where the account's own programs cannot read it. SECRET: base32
# and recovery codes, in one line. A login rewrites the file, so what is kept is only that there was one, and it whole
FACTORS=/var/lib/second-factor
save_factor() {
  [ ! -L "$FACTORS" ] && [ ! -L "$FACTORS/$1" ] || die "$FACTORS/$1 is a link"
  [ -d "$FACTORS" ] || : >"$D/factors-made"
  [ ! -e "$FACTORS/$1" ] || { mkdir -p "$D/factors" && cp -a -- "$FACTORS/$1" "$D/factors/$1" || die "cannot save $FACTORS/$1"; }
}
put_factor() {
  fence
  [ -d "$FACTORS" ] || mkdir -m 700 "$FACTORS" || die "cannot make $FACTORS"
  set -f
  printf '%s\n' "${'$'}{SECRET%% *}" '" RATE_LIMIT 3 30' '" WINDOW_SIZE 3' '" DISALLOW_REUSE' '" TOTP_AUTH' ${'$'}{SECRET#* } >"$FACTORS/.$1" || { rm -f "$FACTORS/.$1"; die "cannot write $FACTORS/$1"; }
  set +f
  chmod 400 "$FACTORS/.$1" && sync -- "$FACTORS/.$1" && mv -f -- "$FACTORS/.$1" "$FACTORS/$1" || { rm -f "$FACTORS/.$1"; die "cannot write $FACTORS/$1"; }
  durable "$FACTORS" "${'$'}{FACTORS%/*}"
}
undo_factor() {
  rm -f -- "$FACTORS/.$1" "$FACTORS/$1~"
  # a new phone that was confirmed stays: the way back is proven with it, and the old phone may be in other hands
  if [ -e "$D/late" ] && [ -e "$D/factors/$1" ]; then return 0; fi
  if [ -e "$D/factors/$1" ]; then cp -a -- "$D/factors/$1" "$FACTORS/.$1" && mv -f -- "$FACTORS/.$1" "$FACTORS/$1" || return 1
  else rm -f -- "$FACTORS/$1" || return 1; fi
  durable "$FACTORS"
  [ ! -e "$D/factors-made" ] || [ ! -d "$FACTORS" ] || rmdir -- "$FACTORS" 2>/dev/null
  true
}
# keys added to an account's own file, and taken out again line by line, both as that account
save_keys() { as "$1" sh -c '[ -e "$1" ] && [ ! -L "$1" ]' riegel "$2" && echo present >"$D/had-keys-$1" || echo absent >"$D/had-keys-$1"; }
add_keys() {
  fence
  as "$1" sh -c 'umask 077; d=${'$'}{1%/*}; [ -d "$d" ] || mkdir -m 700 "$d" || exit 1
    [ ! -L "$1" ] || exit 1; t=$(mktemp "$d/.riegel.XXXXXX") || exit 1
    put() { if [ -f "$1" ]; then cat "$1" || return 1; [ -z "$(tail -c 1 "$1")" ] || echo || return 1; fi; cat; }
    if put "$1" >"$t" && chmod 600 "$t" && sync -- "$t" && mv -f "$t" "$1"; then exit 0; fi
    rm -f "$t"; exit 1' riegel "$2" <"$D/keys-$1" || die "cannot add a key to $2"
}
undo_keys() {
  getent passwd "$1" >/dev/null || return 0
  as "$1" sh -c '[ -f "$1" ] && [ ! -L "$1" ] || exit 0; t=$(mktemp "${'$'}{1%/*}/.riegel.XXXXXX") || exit 1
    cat >"$t.k" || { rm -f "$t" "$t.k"; exit 1; }
    grep -vxF -f "$t.k" "$1" >"$t"; r=$?; rm -f "$t.k"
    [ $r -le 1 ] && chmod --reference="$1" "$t" && sync -- "$t" || { rm -f "$t"; exit 1; }
    if [ "$2" = absent ] && [ ! -s "$t" ]; then rm -f "$t" "$1"; rmdir "${'$'}{1%/*}" 2>/dev/null; true; else mv -f "$t" "$1"; fi' riegel "$2" "$(cat "$D/had-keys-$1")" <"$D/keys-$1"
}

# --- firewall: nothing flushed, nothing but Riegel's own rule --------------------------------------------------
save_ufw() { for f in user.rules user6.rules; do cp -a "/etc/ufw/$f" "$D/ufw-$f" || die "cannot save /etc/ufw/$f"; done; }
allow_ufw() {
  fence
  if ufw show added 2>/dev/null | grep -qE "^ufw allow $1(/tcp)?( |$)"; then : >"$D/ufw-had"; else ufw prepend allow "$1/tcp" >/dev/null || die "ufw allow $1"; fi
  for f in user.rules user6.rules; do printf '%s\t%s\n' "$(digest "/etc/ufw/$f")" "/etc/ufw/$f" >>"$D/wrote"; done
}
undo_ufw() {
  [ -e "$D/ufw-had" ] && return 0
  if [ "$MODE" != boot ]; then ufw show added 2>/dev/null | grep -qE "^ufw allow $1/tcp" && ufw delete allow "$1/tcp" >/dev/null; fi
  for f in user.rules user6.rules; do
    if ours "/etc/ufw/$f" "$(digest "/etc/ufw/$f")" && [ -e "$D/ufw-$f" ]; then cp -a "$D/ufw-$f" "/etc/ufw/.riegel" && mv -f /etc/ufw/.riegel "/etc/ufw/$f" || return 1; fi
  done
  ! grep -q -- "### tuple ### allow tcp $1 " /etc/ufw/user.rules
}
save_firewalld() {
  for f in "$1.xml" "$1.xml.old"; do [ ! -e "/etc/firewalld/zones/$f" ] || cp -a "/etc/firewalld/zones/$f" "$D/zone-$f" || die "cannot save the zone $1"; done
  firewall-cmd -q --zone="$1" --query-port="$2/tcp" && : >"$D/firewalld-had"; true
}
allow_firewalld() {
  fence
  [ -e "$D/firewalld-had" ] && return 0
  firewall-cmd -q --zone="$2" --add-port="$1/tcp" && firewall-cmd -q --permanent --zone="$2" --add-port="$1/tcp" || die "firewall-cmd"
  durable "/etc/firewalld/zones/$2.xml" /etc/firewalld/zones
  printf '%s\t%s\n' "$(digest "/etc/firewalld/zones/$2.xml")" "/etc/firewalld/zones/$2.xml" >>"$D/wrote"
}
undo_firewalld() {
  [ -e "$D/firewalld-had" ] && return 0
  z=/etc/firewalld/zones/$2.xml
  if [ "$MODE" != boot ] && firewall-cmd -q --zone="$2" --query-port="$1/tcp"; then firewall-cmd -q --zone="$2" --remove-port="$1/tcp" || return 1; fi
  if [ -e "$z" ] && ours "$z" "$(digest "$z")"; then
    for f in "$2.xml" "$2.xml.old"; do
      if [ -e "$D/zone-$f" ]; then cp -a "$D/zone-$f" /etc/firewalld/zones/.riegel && mv -f /etc/firewalld/zones/.riegel "/etc/firewalld/zones/$f" || return 1
      else rm -f "/etc/firewalld/zones/$f"; fi
    done
    durable /etc/firewalld/zones
  elif [ "$MODE" != boot ] && firewall-cmd -q --permanent --zone="$2" --query-port="$1/tcp"; then firewall-cmd -q --permanent --zone="$2" --remove-port="$1/tcp"; fi
}
allow_nft() { fence; nft insert rule "$2" "$3" "$4" tcp dport "$1" accept comment "riegel-$ID" || die "nft insert rule"; }
undo_nft() {
  [ "$MODE" = boot ] && return 0
  nft -a list chain "$2" "$3" "$4" 2>/dev/null | sed -n "s/.*comment \"riegel-$ID\".*# handle \([0-9]*\).*/\1/p" | while read -r h; do nft delete rule "$2" "$3" "$4" handle "$h" || exit 1; done
}

# --- units and packages ------------------------------------------------------------------------------------------
save_unit() { printf '%s\t%s\t%s\n' "$1" "$(systemctl is-enabled "$1" 2>/dev/null)" "$(systemctl is-active "$1" 2>/dev/null)" >>"$D/units"; }
put_unit() { systemctl -q unmask "$1" 2>/dev/null; systemctl -q enable "$1" 2>/dev/null; systemctl restart "$1" || die "systemctl restart $1"; }
undo_unit() {
  was=$(awk -F '\t' -v n="$1" '$1 == n { print $2 " " $3; exit }' "$D/units")
  case $was in 'masked '*) systemctl -q mask "$1" ;; 'enabled '*|'static '*|'enabled-runtime '*|'alias '*) ;; *) systemctl -q disable "$1" 2>/dev/null ;; esac
  [ "$MODE" = boot ] || case $was in *' active') systemctl restart "$1" ;; *) systemctl stop "$1" ;; esac
}

# --- effects -------------------------------------------------------------------------------------------------
# addresses and ports on which ssh's own unit listens, or systemd for its socket, one a line; a session's forwardings and
# other sockets are not its
ssh_listeners() {
  m=$(systemctl show -p MainPID --value "$SSH_UNIT"); own=
  [ -z "$SSH_SOCKET" ] || own=$(systemctl show -p Listen "$SSH_SOCKET" | sed -n 's/^Listen=\(.*\) (Stream)$/\1/p')
  ss -H -tlnp | OWN=$own awk -v m="pid=${'$'}{m:-0}," '
    BEGIN { n = split(ENVIRON["OWN"], w, "\n"); for (i = 1; i <= n; i++) own[w[i]] = 1 }
    { a = $4; sub(/^\*:/, "[::]:", a) } index($0, m) || index($0, "pid=1,") && (a in own) { print $4 }' | sort -u
}
# one address and port among lines like those; one socket may do for both families, or two
held() {
  printf '%s\n' "$3" | grep -qxF "$1:$2" && return 0
  [ "$1" = '*' ] && printf '%s\n' "$3" | grep -qxF "0.0.0.0:$2" && printf '%s\n' "$3" | grep -qxF "[::]:$2"
}
# a socket that is not active will be gone with the daemon that has its ports
socket_on() { [ -z "$SSH_SOCKET" ] || systemctl -q is-active "$SSH_SOCKET"; }
# every one of the saved addresses on every port given, within some seconds
listens() {
  i=0
  while :; do
    now=$(ssh_listeners); missing=; set -f
    for a in $(cat "$D/addresses"); do for p in "$@"; do held "$a" "$p" "$now" || missing="$missing $a:$p"; done; done
    set +f; socket_on || missing="$missing $SSH_SOCKET"
    [ -z "$missing" ] && return 0
    i=$((i + 1)); [ $i -lt 50 ] || { say "not listening:$missing"; return 1; }
    sleep 0.1
  done
}
# systemd takes this folder away with a daemon that failed, and sshd refuses to test anything without it
run_dir() { [ -d /run/sshd ] || mkdir -m 755 /run/sshd; }
# exit status 0 is not success: only the listeners count
apply_sshd() { run_dir; sshd -t || return 1; read_anew || return 1; listens "$@"; }
apply_socket() { run_dir; sshd -t || return 1; restart_socket || return 1; listens "$@"; }
# a daemon that has its ports from a socket dies of a reload; its sessions outlive a restart (KillMode=process)
read_anew() {
  systemctl reset-failed "$SSH_UNIT" $SSH_SOCKET 2>/dev/null
  if [ -n "$SSH_SOCKET" ]; then timeout 60 systemctl restart "$SSH_UNIT"
  elif systemctl -q is-active "$SSH_UNIT"; then timeout 60 systemctl reload "$SSH_UNIT"
  else timeout 60 systemctl start "$SSH_UNIT"; fi
}
# systemd refuses to start a socket whose daemon runs, and a connection would start that between two restarts: first the
# socket stops, which keeps the daemon's own ports, then the daemon; and both come back
restart_socket() {
  timeout 60 systemctl daemon-reload || return 1
  timeout 60 systemctl stop "$SSH_SOCKET"; timeout 60 systemctl stop "$SSH_UNIT"
  systemctl reset-failed "$SSH_UNIT" "$SSH_SOCKET" 2>/dev/null
  run_dir; timeout 60 systemctl start "$SSH_SOCKET"; r=$?
  # also where the socket does not come back: a door that sshd opens by itself is better than none
  timeout 60 systemctl start "$SSH_UNIT" && return $r
}
# after taking back: the listeners must be those that were saved; 'finish' only looks, sshd has just started
effects_back() {
  if grep -qx sshd "$D/effects" 2>/dev/null; then sshd_back || return 1; fi
  # the door first: whoever bans may hang
  if grep -qx fail2ban "$D/effects" 2>/dev/null && [ "$MODE" != finish ]; then apply_fail2ban 8>&- 9>&-; fi
  return 0
}
as_before() { [ "$(ssh_listeners)" = "$(cat "$D/listeners")" ] && socket_on; }
sshd_back() {
  if [ "$MODE" != finish ] || { [ -n "$SSH_SOCKET" ] && ! as_before; }; then
    run_dir; timeout 20 sshd -t || return 1
    if grep -qx socket "$D/effects"; then restart_socket; else read_anew; fi || return 1
  fi
  i=0
  until as_before; do i=$((i + 1)); [ $i -lt 80 ] || { say 'listeners differ'; return 1; }; sleep 0.1; done
}
# its unit counts as active a while before it answers: whoever looks at once would take it for none
await_fail2ban() {
  tries=0
  while systemctl -q is-active fail2ban && ! timeout 5 fail2ban-client status sshd >/dev/null 2>&1; do
    tries=$((tries + 1)); [ $tries -lt 40 ] || return 0
    sleep 0.5
  done
}
apply_fail2ban() { systemctl -q is-active fail2ban || return 0; timeout -k 5 30 fail2ban-client -q reload >/dev/null 2>&1 || timeout 60 systemctl --no-block restart fail2ban; true; }

# --- guard ---------------------------------------------------------------------------------------------------
# the guard of this transaction, and of no other; fails while it cannot be removed
guarded() { grep -qF "/$ID/" "$GUARD" 2>/dev/null; }
# unit and link by one program: whoever is cut off between two of them leaves one that nobody removes
put_guard() { cp -dR --remove-destination "$D/guard.d/." /etc/systemd/system/ && durable "$GUARD" /etc/systemd/system "${'$'}{WANTS%/*}"; }
remove_guard() {
  # arming takes the same: between looking whose it is and removing it nobody puts theirs there
  exec 7<"$R"; flock -w 60 7
  if guarded; then rm -f "$EMERGENCY" "$WANTS" "$GUARD"; durable /etc/systemd/system; fi
  exec 7<&-
  rm -rf "/run/riegel/$ID"; rmdir /run/riegel 2>/dev/null
  ! guarded
}
# the next transaction's guard has the same name: only while there is none, and before the place is free. What runs in the
# guard itself ends it by ending: it would stop itself half way
end_guard() {
  [ "$1" != boot ] || return 0
  systemctl daemon-reload
  case $1 in guard|finish) ;; *) [ -e "$GUARD" ] || systemctl --no-block stop riegel-guard.service ;; esac
} 2>/dev/null
release() { if [ "$(cut -d' ' -f1 2>/dev/null <"$R/lock")" = "$ID" ]; then rm -f "$R/lock"; fi; true; }
# durable before anything is taken away: from the rename on it holds
finish_confirm() {
  # whoever ends what another began cannot know whether that is on the disk
  [ ! -e "$D/confirming" ] || { durable "$D/confirming" "$D"; mv -f "$D/confirming" "$D/confirmed"; }
  durable "$D/confirmed" "$D"
  say 'state confirmed'; tell "transaction $ID confirmed"
  rm -rf "$D/spare"
  # where its unit cannot be removed now the guard goes on trying
  if remove_guard; then end_guard "$1"; fi
  release
}
`.trim()

/**
 * `undo.sh`: works without Riegel, any number of times. First what closed is opened again, and only when that is seen to
 * be so does what was opened go. MODE: hand (a person on the server), client, guard, boot, finish; for a confirmed
 * transaction taken back by Riegel: late SECONDS (up to the proof, which may take that long), proven (the rest), unproven (both ways stay).
 */
export const undoScript = (directory: string): string => String.raw`#!/bin/sh
# Takes back what Riegel changed in this transaction. May run any number of times.
D=${directory}
. "$D/lib.sh"
MODE=${'$'}{1:-hand}; PATIENCE=${'$'}{2:-$LEASE}
trap '' HUP PIPE
# one at a time through what decides which transaction is open; arming takes the same
alone() { exec 7<"$R"; flock -w 60 7 || { echo 'another run is deciding, nothing was taken back'; exit 4; }; }
checks() {
  alone
  case $(cut -d' ' -f1 2>/dev/null <"$R/lock") in
    ''|"$ID") ;;
    */*) ;;
    *) other=$R/$(cut -d' ' -f1 <"$R/lock"); if [ -e "$other/staged" ]; then echo "another transaction is open, nothing was taken back: $other"; exit 4; fi ;;
  esac
  for other in "$R"/*/armed "$R"/*/undoing "$R"/*/confirming; do
    [ ! -e "$other" ] || { echo "another transaction is open, nothing was taken back: $other"; exit 4; }
  done
  newest=$(ls -d "$R"/*/confirmed "$R"/*/stuck 2>/dev/null | sort | tail -n 1)
  [ "${'$'}{newest%/*}" = "$D" ] || { echo "a later one stands on it, nothing was taken back: $newest"; exit 4; }
  ! systemctl list-units --no-legend --plain "riegel-$ID-after-*" 2>/dev/null | grep -q . || { echo 'packages are still being installed, nothing was taken back'; exit 4; }
}
# an address of the old door that another program holds
taken() {
  present=$(ssh_listeners); set -f
  for l in $(cat "$D/listeners"); do
    printf '%s\n' "$present" | grep -qxF "$l" && continue
    if ss -H -tlnp | awk -v l="$l" -v p="${'$'}{l##*:}" '$4 == l || $4 == "*:" p || $4 == "0.0.0.0:" p || $4 == "[::]:" p' | grep -vqF '"sshd"'; then set +f; echo "$l"; return 0; fi
  done
  set +f; return 1
}
cannot() { rm -f "$D/hold"; echo 'cannot write, nothing was taken back'; exit 5; }
# the guard from here on: a reboot goes on with this, before sshd
watched() {
  mkdir -p "/run/riegel/$ID" && true >"/run/riegel/$ID/armed" || cannot
  if [ "$MODE" = late ]; then
    # the guard ends what is not proven when the lease is over
    for x in "$PATIENCE lease" '1800 limit'; do echo $(($(up) + ${'$'}{x% *})) >"$D/${'$'}{x#* }" || cannot; done
    true >"$D/hold" || cannot
  fi
  cat /proc/sys/kernel/random/boot_id >"$D/boot-id" || cannot
  echo "$ID $$ $(cut -d' ' -f22 /proc/$$/stat) $(date +%s) -" >"$R/lock.new" && mv -f "$R/lock.new" "$R/lock" || cannot
  put_guard && durable "$D" || cannot
}
late() {
  checks
  # what was changed since is not overwritten; where that is the door itself, nothing is touched at all
  for p in $(cat "$D/sshd-files" 2>/dev/null); do
    ours "$p" "$(digest "$p")" || [ "$(digest "$p")" = "$(saved "$p")" ] || [ "$(digest "$p")" = "$(merged "$p" 2)" ] || { echo "changed since, nothing was taken back: $p"; exit 3; }
  done
  # who holds the ports has changed: a reload would end a daemon behind a socket, and a start bring back one that was given up
  switched=
  if systemctl -q is-active ssh.socket; then [ -n "$SSH_SOCKET" ] || switched=on
  elif [ -n "$SSH_SOCKET" ] && ! systemctl -q is-enabled ssh.socket 2>/dev/null; then switched=off; fi
  [ -z "$switched" ] || { echo "ssh.socket was switched $switched since, nothing was taken back"; exit 4; }
  # a port that somebody else took meanwhile would end sshd
  ! l=$(taken) || { echo "another program holds $l, nothing was taken back"; exit 4; }
  true >"$D/late" || cannot
  watched
  mv "$D/confirmed" "$D/undoing"; say "undo begins ($MODE)"
  exec 7<&-
  systemctl daemon-reload && systemctl start riegel-guard.service
}
saved() { awk -F '\t' -v p="$1" '$3 == p { print $2; exit }' "$D/before"; }
case $(state) in
  armed) mv "$D/armed" "$D/undoing" 2>/dev/null || { [ "$(state)" != armed ] || { say 'cannot rename'; echo 'cannot rename'; exit 75; }; exec sh "$0" "$MODE"; }
    say "undo begins ($MODE)" ;;
  # confirmed is confirmed: only a person, or Riegel asked by one, takes that back
  confirmed) case $MODE in hand|late) late ;; *) echo confirmed; exit 0 ;; esac ;;
  stuck) checks; watched; mv "$D/stuck" "$D/undoing"; say "undo again ($MODE)"; exec 7<&-
    systemctl daemon-reload && systemctl start riegel-guard.service ;;
  undoing) ;;
  confirming) finish_confirm "$MODE"; echo confirmed; exit 0 ;;
  rolled-back) echo 'already taken back'; exit 0 ;;
  *) echo 'nothing was changed'; exit 0 ;;
esac
durable "$D"
rm -rf "$D/spare"
# the files are there since staging: opening them needs no space
if [ -w "$D/undo.lock" ]; then exec 8>>"$D/undo.lock"; flock -w 300 8 || exit 75; fi
[ "$(state)" = undoing ] || { state; exit 0; }
case $MODE in hand|proven) rm -f "$D/hold" ;; esac
if [ "$MODE" = boot ]; then
  # nobody else is at these so early: what was left locked was left by whoever was cut off
  for f in passwd shadow group gshadow subuid subgid; do
    rm -f "/etc/$f.lock" "/etc/$f+"
    # a lock is made as a file that ends in the number it holds: no backup of anybody's
    for x in "/etc/$f".[0-9]*; do
      if [ "$x" -nt "$D/before" ]; then case $(tr -d '\0' <"$x" | head -c 16) in ''|"${'$'}{x##*.}") rm -f "$x" ;; esac; fi
    done
  done
  rm -f /etc/shadow.riegel
else
  systemctl stop "riegel-$ID-*" 2>/dev/null
  if [ -w "$D/step.lock" ]; then exec 9>>"$D/step.lock"; flock -w 30 9; fi
  # what was started until the lock was ours
  systemctl stop "riegel-$ID-*" 2>/dev/null
  # a reboot from here on goes on with this, before sshd
  [ -e "$GUARD" ] || put_guard
fi
problems=
[ "$MODE" = finish ] || true >"$D/drift"
items() {
  for item in $(ls "$D/undo.d" | grep "\.$1$" | sort -r); do
    timeout -k 5 90 sh -c 'D=$1 MODE=$2; . "$D/lib.sh"; . "$D/undo.d/$3"' riegel "$D" "$MODE" "$item" 8>&- 9>&- || problems="$problems $item"
  done
}
# is the old door open again? Only then may the new way go
door_back() {
  for p in $(cat "$D/sshd-files" 2>/dev/null); do
    [ "$(digest "$p")" = "$(saved "$p")" ] || [ "$(digest "$p")" = "$(merged "$p" 3)" ] || grep -qxF "$p" "$D/drift" 2>/dev/null || return 1
  done
  [ "$MODE" = boot ] || { effects_back; return; }
  run_dir; timeout 20 sshd -t || return 1
  # systemd has read the socket's files before they were put back: it opens what it has read last
  [ -z "$SSH_SOCKET" ] || timeout 60 systemctl daemon-reload
}
stuck() {
  mv "$D/undoing" "$D/stuck"; durable "$D"
  say "stuck:$problems"; tell "transaction $ID: taking back is stuck at$problems"
  echo "stuck:$problems"; release; exit 1
}
items close
# over a port that somebody else holds by now sshd would end itself: then the new way stays
[ -n "$problems" ] || [ "$MODE" = boot ] || ! l=$(taken) || problems="$problems $l-is-taken"
# sshd last: it takes the new port away, so all else the old way needs must be back
[ -n "$problems" ] || items sshd
[ -n "$problems" ] || door_back || problems="$problems door"
if [ -n "$problems" ]; then
  if [ "$MODE" = boot ]; then say "not put back before sshd starts, so the new way stays:$problems"; exit 0; fi
  stuck
fi
if [ -e "$D/hold" ]; then
  case $MODE in
    late) echo held; exit 0 ;;
    boot) exit 0 ;;
    *) problems="$problems the-old-way-was-not-proven-so-the-new-one-stays"; stuck ;;
  esac
fi
items open
if [ "$MODE" = boot ]; then say "put back before sshd starts${'$'}{problems:+, problems:$problems}"; exit 0; fi
# the self-check: everything as it was saved
while IFS='	' read -r n before path; do
  [ "$(digest "$path")" = "$before" ] || [ "$(digest "$path")" = "$(merged "$path" 3)" ] || grep -qxF "$path" "$D/drift" 2>/dev/null || problems="$problems $path"
done <"$D/before"
[ -z "$problems" ] || stuck
mv "$D/undoing" "$D/rolled-back"; durable "$D"
say 'state rolled-back'; tell "transaction $ID taken back"; shout 'Riegel has taken its changes back.'
echo rolled-back
[ ! -s "$D/drift" ] || { echo 'left as it is, since it was changed later:'; cat "$D/drift"; }
if remove_guard; then
  end_guard "$MODE"
  release
else
  release
  # its unit cannot be removed now: the guard goes on trying
  case $MODE in guard|finish) exec sh "$D/guard.sh" watch ;; esac
fi
exit 0
`

/** `guard.sh boot|watch`: the half before sshd and the half that sleeps. */
export const guardScript = (directory: string): string => `#!/bin/sh
D=${directory}
. "$D/lib.sh"
same_boot() { [ "$(cat /proc/sys/kernel/random/boot_id)" = "$(cat "$D/boot-id")" ] && [ -e "/run/riegel/$ID/armed" ]; }
case $1 in
boot)
  same_boot && exit 0
  case $(state) in
    armed|undoing) say 'booted anew'; sh "$D/undo.sh" boot ;;
    confirming) finish_confirm boot ;;
    staged|confirmed|rolled-back) remove_guard; release ;;
  esac
  exit 0 ;;
watch)
  same_boot || case $(state) in armed|undoing)
    # sshd comes up after this unit; what it was is checked when it is there
    i=0; until systemctl -q is-active "${'$'}{SSH_SOCKET:-$SSH_UNIT}" || [ $i -ge 300 ]; do i=$((i + 1)); sleep 1; done
    exec sh "$D/undo.sh" finish ;;
  esac
  waited=0
  while :; do
    case $(state) in
      armed) now=$(up); [ "$now" -lt "$(cat "$D/lease")" ] && [ "$now" -lt "$(cat "$D/limit")" ] || exec sh "$D/undo.sh" guard ;;
      undoing|confirming)
        waited=$((waited + 1)); now=$(up)
        if [ -e "$D/hold" ]; then [ "$now" -lt "$(cat "$D/lease")" ] && [ "$now" -lt "$(cat "$D/limit")" ]
        else [ $waited -lt 20 ]; fi || exec sh "$D/undo.sh" guard ;;
      # its unit could not be removed when it ended: again, as long as it takes; and never before the end is on the disk
      confirmed|rolled-back) durable "$D"; if remove_guard; then systemctl daemon-reload 2>/dev/null; exit 0; fi ;;
      # what was ended at boot is still known to systemd by a file that is gone
      *) systemctl daemon-reload 2>/dev/null; exit 0 ;;
    esac
    sleep 1
  done ;;
esac
`

/** The unit that survives a reboot (transaction.md, "The guard, exactly"). */
export const guardUnit = (directory: string): string => `[Unit]
Description=Riegel takes its changes back if the way in is not proven
DefaultDependencies=no
RequiresMountsFor=/var/lib/riegel /etc
After=local-fs.target systemd-remount-fs.service systemd-tmpfiles-setup.service
Before=ssh.service sshd.service ssh.socket nftables.service ufw.service firewalld.service fail2ban.service shutdown.target
Conflicts=shutdown.target

[Service]
Type=simple
ExecStartPre=/bin/sh ${directory}/guard.sh boot
ExecStart=/bin/sh ${directory}/guard.sh watch
TimeoutStartSec=infinity
KillMode=process
Restart=on-failure
RestartSec=2

[Install]
WantedBy=multi-user.target
`
