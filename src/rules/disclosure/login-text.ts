import type { SystemFacts } from '../../model/facts.js'
import { setInMatch, whereSet } from '../../model/logins.js'
import { judgeUnless, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

const path = '/etc/ssh/riegel-banner'
const neutral = 'Zugang nur für Berechtigte. / Authorised access only.\n'

/** Host names that are also words of any greeting. */
const everyday = ['localhost', 'host', 'server', 'mail', 'web', 'system', 'login', 'zugang']

const tells = (content: string, { hostname, kernel, prettyName }: SystemFacts): string | undefined => {
  const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const names = [hostname, hostname.split('.')[0]!].filter(word => word.length > 2 && !everyday.includes(word))
  return [
    /\b(debian|ubuntu|raspbian|alma ?linux|rocky|centos|red hat|rhel|fedora|suse|arch linux|alpine|gnu\/linux|linux|freebsd|proxmox)\b[^\n]{0,20}/i,
    /\\[mrsv]/,
    /OpenSSH[_ ][\d.]+\S*/i,
    ...[...names, kernel, prettyName]
      .filter(word => word !== '')
      .map(word => new RegExp(`(?<![\\w-])${escaped(word)}(?![\\w-])`)),
  ]
    .map(pattern => pattern.exec(content)?.[0].trim())
    .find(found => found !== undefined)
}

export default rule({
  id: 'disclosure/login-text',
  severity: 'low',
  title: text('Der Text vor der Anmeldung verrät nichts', 'The text before login gives nothing away'),
  problem: text(
    'Vor der Anmeldung zeigt sshd jedem {file}; darin steht „{what}“.',
    'Before login sshd shows {file} to everybody; it says "{what}".',
  ),
  why: text(
    'Diesen Text liest auch, wer nicht hineinkommt. System und Version sagen ihm, welche Lücke passt.',
    'This text is read by those who do not get in too. System and version tell them which hole fits.',
  ),
  looksAt: text(
    'die Datei, die Banner nennt, auch in jedem Match-Block; /etc/issue an der Konsole zählt nicht',
    'the file that Banner names, behind every Match too; /etc/issue on the console does not count',
  ),
  references: ['sshd_config(5) Banner', 'CIS Debian 12 5.1.5', 'CIS Debian 13 5.1.5', 'BSI SYS.1.3.A14'],
  needs: ['effective', 'loginText', 'system', 'sshd'],

  evaluate({ effective, loginText, system, sshd }) {
    const shown = new Set(effective.views.flatMap(view => view.settings['banner'] ?? []))
    const where = whereSet(sshd.files, 'Banner')
    const read = [...loginText.banners.filter(({ cut }) => cut !== true).map(banner => banner.path), 'none']
    const unread = [...shown].find(file => !read.includes(file) && !loginText.missing?.includes(file))
    return judgeUnless(
      loginText.banners
        .filter(banner => shown.has(banner.path))
        .flatMap((banner): Problem[] => {
          const what = tells(banner.content, system)
          if (what === undefined) return []
          return [{ key: banner.path, values: { file: banner.path, what }, ...(where && { where }) }]
        }),
      unread === undefined
        ? null
        : text(`${unread} wurde nicht (ganz) gelesen`, `${unread} was not read, or not all of it`),
    )
  },

  does: text('neutraler Text vor der Anmeldung', 'a neutral text before login'),
  fix: ({ sshd }) => [
    { kind: 'file', stage: 'close', path, content: neutral, mode: 0o644 },
    {
      kind: 'setting',
      stage: 'close',
      keyword: 'Banner',
      values: [path],
      matchAll: setInMatch(sshd.files, 'Banner', path),
    },
  ],
  guide: 'login-text',
})
