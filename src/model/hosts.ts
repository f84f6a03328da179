/** A host that no directory of public sites can know: an address, a name without a domain, a network at home. */
export const isPrivate = (host: string): boolean =>
  host.includes(':') ||
  !host.includes('.') ||
  /^[\d.]+$/.test(host) ||
  /\.(local|lan|home|internal|intranet|localhost|fritz\.box|home\.arpa|onion)$/.test(`.${host}`)
