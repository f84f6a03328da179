import { type Text, text } from '../model/text.js'

/**
 * Until when a release gets security updates that cost nothing: Debian with LTS, without the paid ELTS; Ubuntu without
 * ESM, which needs a subscription that is not looked at.
 *
 * Source: debian.csv (column eol-lts, else eol) and ubuntu.csv (column eol) of distro-info-data 0.58+deb12u7 in
 * Debian 12. AlmaLinux and Rocky Linux are not in it, so their releases are unknown here.
 */
export interface Release {
  /** os-release ID and VERSION_ID */
  readonly os: string
  readonly version: string
  readonly name: string
  /** the last day, ISO */
  readonly until: string
}

const debian = (version: string, name: string, until: string): Release => ({
  os: 'debian',
  version,
  name: `Debian ${version} (${name})`,
  until,
})
const ubuntu = (version: string, until: string): Release => ({
  os: 'ubuntu',
  version,
  name: `Ubuntu ${version}`,
  until,
})

export const releases: readonly Release[] = [
  debian('7', 'wheezy', '2018-05-31'),
  debian('8', 'jessie', '2020-06-30'),
  debian('9', 'stretch', '2022-06-30'),
  debian('10', 'buster', '2024-06-30'),
  debian('11', 'bullseye', '2026-08-31'),
  debian('12', 'bookworm', '2028-06-30'),
  debian('13', 'trixie', '2030-06-30'),
  ubuntu('14.04', '2019-04-25'),
  ubuntu('16.04', '2021-04-30'),
  ubuntu('18.04', '2023-05-31'),
  ubuntu('18.10', '2019-07-18'),
  ubuntu('19.04', '2020-01-23'),
  ubuntu('19.10', '2020-07-17'),
  ubuntu('20.04', '2025-05-29'),
  ubuntu('20.10', '2021-07-22'),
  ubuntu('21.04', '2022-01-20'),
  ubuntu('21.10', '2022-07-14'),
  ubuntu('22.04', '2027-06-01'),
  ubuntu('22.10', '2023-07-20'),
  ubuntu('23.04', '2024-01-25'),
  ubuntu('23.10', '2024-07-11'),
  ubuntu('24.04', '2029-05-31'),
  ubuntu('24.10', '2025-07-10'),
  ubuntu('25.04', '2026-01-15'),
  ubuntu('25.10', '2026-07-09'),
  ubuntu('26.04', '2031-05-29'),
  ubuntu('26.10', '2027-07-15'),
]

/** The release whose first part fits too: a Debian point release says `12` or `12.7`. */
export const releaseOf = (os: string, version: string): Release | undefined =>
  releases.find(r => r.os === os && (r.version === version || (os === 'debian' && version.startsWith(`${r.version}.`))))

/** Seconds since 1970 when the last day is over (UTC). */
export const endOf = (release: Release): number => Date.parse(`${release.until}T00:00:00Z`) / 1000 + 86400

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `2026-08-31` as a person reads it. */
export const readable = (day: string): Text => {
  const [year, month, date] = day.split('-').map(Number)
  return text(`${day.slice(8)}.${day.slice(5, 7)}.${year}`, `${date} ${months[(month ?? 1) - 1]} ${year}`)
}
