import { parsePublicKey } from '../../keys/public-key.js'
import type { AuthorizedKeyFacts, LoginKeyFacts, PathFacts } from '../../model/facts.js'
import { look, rows } from '../look.js'

export const pathFacts = ([account, mode, owner, kind, path]: string[]): PathFacts => ({
  account: account!,
  mode: Number.parseInt(mode!, 8),
  owner: owner!,
  kind:
    kind === 'directory'
      ? 'directory'
      : kind!.startsWith('regular')
        ? 'file'
        : kind === 'symbolic link'
          ? 'link'
          : 'other',
  path: path!,
})

/** Behind options that sshd may read otherwise, or of a type not known here; a torn key is none to sshd either. */
const mayBeKey =
  /^(?!\s*(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp\d+)\s).*?\b(ssh|ecdsa|sk|rsa|webauthn|x509)[-\w@.]*\s+AAAA/i

/** Authorized keys wherever this sshd looks for them, read as their owner, and the modes StrictModes would judge. */
export default look({
  section: 'loginKeys',
  limit: 20,
  sh: String.raw`
need_root
find_sshd || exit 78
sshd_says || exit 70
lines=$SAYS
config match
# what stands in a Match that the operator is in is not what holds for others: one that is in none is asked too
[ -z "$CONFIGURED" ] || lines="$lines$nl$($SSHD -T -f "$SSHD_CONFIG" -C user=root,host=x,addr=127.0.0.1,laddr=127.0.0.1,lport=22,rdomain=)"
config authorizedkeysfile
said= patterns=; set -f; IFS=$nl
for line in $lines; do case $line in "authorizedkeysfile "*) said="$said ${'$'}{line#* }" ;; esac; done
unset IFS
[ -n "$said" ] || exit 70
for p in $said $CONFIGURED; do
  case " none $patterns " in *" $p "*) ;; *) patterns="$patterns $p" ;; esac
done
# F: what a pattern names for an account
expand() {
  F= rest=$1
  while :; do
    case $rest in *%*) ;; *) break ;; esac
    F=$F${'$'}{rest%%%*} rest=${'$'}{rest#*%}
    case $rest in h*) F=$F$home ;; u*) F=$F$name ;; U*) F=$F$uid ;; *) F=$F% ;; esac
    rest=${'$'}{rest#?}
  done
  F=$F$rest
}
# sshd reads as the account: what that may not read lets nobody in, but only who was that account can say so
barred() { [ "$(as "$name" sh -c '[ -r "$1" ] || echo barred' sh "$f")" = barred ]; }
# F: what sshd judges the modes of, which is never a link
real() { F=$1; [ ! -L "$1" ] || F=$(readlink -f -- "$1"); }
keys() {
  for p in $patterns; do
    expand "$p"; f=$F
    case $f in /*) ;; *) f=$home/$f ;; esac
    [ -e "$f" ] || { shut "$home" || shut "${'$'}{f%/*}"; } || continue
    [ -f "$f" ] || exit 70
    real "$home"; set -- "$F"
    real "${'$'}{f%/*}"; set -- "$@" "$F"
    real "$f"; set -- "$@" "$F"
    # whoever may write beside what a link leads to writes what sshd reads
    [ "$F" = "$f" ] || set -- "$@" "${'$'}{F%/*}"
    stat -c "P	$name	%a	%U	%F	%n" -- "$@"
    # keys behind a cut would be keys nobody hears of
    as "$name" head -c 262145 -- "$f" | tr '\000\t' '  ' | {
      at=0 size=0
      while IFS= read -r line || [ -n "$line" ]; do
        at=$((at + 1)) size=$((size + ${'$'}{#line} + 1))
        printf 'K\t%s\t%s\t%s\t%s\n' "$name" "$f" $at "$line"
      done
      [ $size -gt 0 ] || [ ! -s "$f" ] || barred || exit 70
      [ $size -le 262144 ]
    } || exit $(($? == 1 ? 75 : $?))
  done
}
each_account keys
true
`,
  parse(raw): LoginKeyFacts {
    const seen = new Map<string, PathFacts>()
    for (const row of rows(raw.text, 'P')) seen.set(`${row[0]} ${row[4]}`, pathFacts(row))
    const keys: AuthorizedKeyFacts[] = []
    const unread: { account: string; path: string; line: number }[] = []
    for (const [account, path, line, content] of rows(raw.text, 'K')) {
      if (/^\s*(#|$)/.test(content ?? '')) continue
      const where = { account: account!, path: path!, line: Number(line) }
      const key = parsePublicKey(content!, path)
      if (!key) {
        if (mayBeKey.test(content!)) unread.push(where)
        continue
      }
      const { type, bits, fingerprint, comment, options } = key
      keys.push({ ...where, type, bits, fingerprint, comment, options })
    }
    return { paths: [...seen.values()], keys, ...(unread.length > 0 && { unread }) }
  },
})
