import type { EffectiveView, OperatorFacts } from '../model/facts.js'

/** One of sshd's lists of algorithms, what in it is broken or withdrawn, and what `ssh -Q` calls the client's side. */
export interface AlgorithmList {
  readonly keyword: string
  /** as `sshd -T` prints it */
  readonly setting: string
  readonly knows: keyof OperatorFacts['knows']
  /**
   * SHA-1 (SP 800-131A; RFC 8332 for ssh-rsa), DSA (out of OpenSSH since 10.0), DH groups of 1024 bits and the SHA-1
   * ones (RFC 9142), CBC, RC4 (RFC 8758), 64-bit blocks, MD5, tags of 64 bits.
   */
  readonly weak: RegExp
}

const signatures = /^(ssh-rsa|ssh-dss|x509v3-sign-(rsa|dss))(-cert-v0[01]@openssh\.com)?$/

export const algorithmLists: readonly AlgorithmList[] = [
  { keyword: 'KexAlgorithms', setting: 'kexalgorithms', knows: 'kex', weak: /(-sha1$|group1-|^rsa1024)/ },
  {
    keyword: 'Ciphers',
    setting: 'ciphers',
    knows: 'cipher',
    weak: /(-cbc(@|$)|^3des|^arcfour|^blowfish|^cast128|^des|^none$)/,
  },
  { keyword: 'MACs', setting: 'macs', knows: 'mac', weak: /^(hmac-(sha1|md5|ripemd160)|umac-64)/ },
  { keyword: 'HostKeyAlgorithms', setting: 'hostkeyalgorithms', knows: 'key', weak: signatures },
  { keyword: 'PubkeyAcceptedAlgorithms', setting: 'pubkeyacceptedalgorithms', knows: 'key', weak: signatures },
  // its name before 8.5
  { keyword: 'PubkeyAcceptedKeyTypes', setting: 'pubkeyacceptedkeytypes', knows: 'key', weak: signatures },
]

export const namesIn = (view: EffectiveView, setting: string): string[] =>
  (view.settings[setting]?.[0] ?? '').split(',').filter(name => name !== '')

/** The hybrid key exchanges that this release offers by default (its release notes: 9.0, 9.9). */
export const postQuantum = (release: number): readonly string[] =>
  release >= 9.9
    ? ['mlkem768x25519-sha256', 'sntrup761x25519-sha512@openssh.com']
    : release >= 9
      ? ['sntrup761x25519-sha512@openssh.com']
      : []

export const isPostQuantum = (name: string): boolean => /^(mlkem|sntrup)/.test(name)

/** A list without its weak names, the post-quantum exchange in front where it is missing; null: nothing to change. */
export const strengthened = (list: AlgorithmList, names: readonly string[], release: number): string[] | null => {
  const strong = names.filter(name => !list.weak.test(name))
  const missing = list.knows === 'kex' && !names.some(isPostQuantum) ? postQuantum(release) : []
  return names.length === 0 || (missing.length === 0 && strong.length === names.length) ? null : [...missing, ...strong]
}

/** Signature algorithms that a key of this type makes; RSA keys sign with SHA-2 (RFC 8332). */
const signaturesOf = (type: string): string[] => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type])

/**
 * Does what is left of a list still fit the operator's client, this server's host keys, and the keys that are to log
 * in (their types)? What is not known does not refuse: the login proves it.
 */
export const stillShared = (
  list: AlgorithmList,
  rest: readonly string[],
  hostKeys: readonly string[],
  own: readonly string[],
  client?: OperatorFacts['knows'],
): boolean => {
  const fits = (names: readonly string[]) =>
    names.length === 0 || names.flatMap(signaturesOf).some(name => rest.includes(name))
  if (rest.length === 0 || !fits(client?.[list.knows] ?? [])) return false
  if (list.setting === 'hostkeyalgorithms') return fits(hostKeys)
  return list.knows !== 'key' || fits(own)
}
