import type { PrivateKeyFacts } from '../../model/facts.js'
import { look, rows } from '../look.js'

/**
 * Private keys in the accounts' .ssh folders: of each only the first line and the first 48 characters of the second
 * (magic, cipher name, KDF name, in front of anything secret), and what ssh-keygen says of its public half.
 */
export default look({
  section: 'privateKeys',
  limit: 15,
  sh: String.raw`
need_root
getent passwd | while IFS=: read -r name x uid gid gecos home shell; do
  [ -d "$home/.ssh" ] || continue
  as "$name" sh -c '
    for f in "$2"/.ssh/*; do
      [ -f "$f" ] && [ ! -L "$f" ] || continue
      one=$(head -c 200 "$f" | head -n 1 | tr -d "\000")
      case $one in "-----BEGIN "*"PRIVATE KEY-----") ;; *) continue ;; esac
      two=$(head -n 2 "$f" | tail -n 1 | cut -c1-48)
      about=$(ssh-keygen -l -f "$f" 2>/dev/null </dev/null | head -n 1)
      printf "K\t%s\t%s\t%s\t%s\t%s\n" "$1" "$f" "$one" "$two" "$about"
    done' look "$name" "$home"
done
true
`,
  parse(raw): PrivateKeyFacts[] {
    return rows(raw.text, 'K').map(([account, path, first, second, about]) =>
      privateKeyFacts(account!, path!, first!, second!, about ?? ''),
    )
  },
})

/**
 * Judges a private key file by its first two lines (PROTOCOL.key of OpenSSH; RFC 7468) and `ssh-keygen -l`.
 * Shared with the look at the operator's own keys.
 */
export const privateKeyFacts = (
  account: string,
  path: string,
  first: string,
  second: string,
  about: string,
): PrivateKeyFacts => {
  const [bits, fingerprint] = about.split(' ')
  const base = {
    account,
    path,
    type: /\(([A-Z0-9-]+)\)\s*$/.exec(about)?.[1]?.toLowerCase() ?? 'unknown',
    bits: Number(bits) || 0,
    fingerprint: fingerprint?.startsWith('SHA256:') ? fingerprint : '',
  }
  if (first.includes('BEGIN OPENSSH PRIVATE KEY')) {
    const head = Buffer.from(second, 'base64').toString('latin1')
    if (!head.startsWith('openssh-key-v1\0')) return { ...base, format: 'unknown', encrypted: false }
    return { ...base, format: 'openssh', encrypted: !head.slice(15).startsWith('\0\0\0\x04none') }
  }
  if (first.includes('BEGIN ENCRYPTED PRIVATE KEY')) return { ...base, format: 'pkcs8', encrypted: true }
  if (first === '-----BEGIN PRIVATE KEY-----') return { ...base, format: 'pkcs8', encrypted: false }
  if (/BEGIN (RSA|DSA|EC) PRIVATE KEY/.test(first))
    return { ...base, format: 'pem', encrypted: /ENCRYPTED/.test(second) }
  return { ...base, format: 'unknown', encrypted: false }
}
