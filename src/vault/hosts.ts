import { domainToASCII } from 'node:url'

/** Addresses that lead to no site: another program, another vault, a file, an app. */
const elsewhere = /^(cmd|kdbx|file|about|data|javascript|mailto|android|androidapp|otpauth):/i

/** The host of an address as a person writes it, with or without scheme; null where there is none. */
export const hostOf = (address: string): string | null => {
  const words = address.trim().split(/\s+/)[0] ?? ''
  if (words === '' || elsewhere.test(words) || words.includes('{')) return null
  try {
    const { hostname } = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(words) ? words : `https://${words}`)
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
    // other schemes leave letters as they are
    const ascii = host.includes(':') ? host : domainToASCII(host)
    return ascii === '' ? null : ascii.toLowerCase()
  } catch {
    return null
  }
}

/** `a.b.example.org`, `b.example.org`, `example.org`: from the host upwards, never a top-level domain alone. */
export const upwards = (host: string): string[] => {
  const labels = host.split('.')
  return labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'))
}
