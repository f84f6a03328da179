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

/** Authorized keys wherever this sshd looks for them, read as their owner, and the modes StrictModes would judge. */
export default look({
  section: 'loginKeys',
  limit: 20,
  sh: String.raw`
need_root
bin=$(sshd_bin) || exit 78
run_dir
patterns=$({ "$bin" -T -C user=root,host=x,addr=127.0.0.1,laddr=127.0.0.1,lport=22,rdomain= | sed -n 's/^authorizedkeysfile //p'
  conf_files | while read -r f; do sed -n 's/^[[:space:]]*[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Ee][Dd][Kk][Ee][Yy][Ss][Ff][Ii][Ll][Ee][[:space:]=]\{1,\}//p' "$f"; done
} | tr ' \t' '\n\n' | grep -v '^none$' | grep . | sort -u)
[ -n "$patterns" ] || exit 70
set -f
getent passwd | while IFS=: read -r name x uid gid gecos home shell; do
  [ -d "$home" ] || continue
  for p in $patterns; do
    # most patterns name no account: they need no sed, and most homes hold no such file
    case $p in *%*) ;; /*) [ -e "$p" ] || continue ;; *) [ -e "$home/$p" ] || continue ;; esac
    case $p in /*) ;; *) p=%h/$p ;; esac
    f=$(printf '%s\n' "$p" | sed -e 's|%%|\n|g' -e "s|%h|$home|g" -e "s|%u|$name|g" -e "s|%U|$uid|g" -e 's|\n|%|g')
    [ -e "$f" ] || continue
    [ -f "$f" ] || exit 70
    for q in "$home" "${'$'}{f%/*}" "$f"; do stat -c "P	$name	%a	%U	%F	%n" -- "$q"; done
    # keys behind a cut would be keys nobody hears of
    size=$(as "$name" stat -L -c %s -- "$f") || size=0
    [ "$size" -le 262144 ] || exit 75
    as "$name" head -c 262144 -- "$f" | tr -d '\000\t' | awk -v n="$name" -v f="$f" '{ printf "K\t%s\t%s\t%d\t%s\n", n, f, NR, $0 }'
  done
done
`,
  parse(raw): LoginKeyFacts {
    const seen = new Map<string, PathFacts>()
    for (const row of rows(raw.text, 'P')) seen.set(`${row[0]} ${row[4]}`, pathFacts(row))
    return {
      paths: [...seen.values()],
      keys: rows(raw.text, 'K').flatMap(([account, path, line, content]): AuthorizedKeyFacts[] => {
        if (/^\s*(#|$)/.test(content ?? '')) return []
        const key = parsePublicKey(content!, path)
        if (!key) return []
        const { type, bits, fingerprint, comment, options } = key
        return [{ account: account!, path: path!, line: Number(line), type, bits, fingerprint, comment, options }]
      }),
    }
  },
})
