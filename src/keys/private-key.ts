import type { PrivateKeyFacts } from '../model/facts.js'

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
