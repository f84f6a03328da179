import type { EffectiveView } from '../../model/facts.js'
import { judge, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** A list that names everybody limits nobody, wherever they may come from. */
const limits = (view: EffectiveView, keyword: string): boolean => {
  const names = (view.settings[keyword] ?? []).flatMap(line => line.split(/\s+/)).filter(name => name !== '')
  return names.length > 0 && !names.some(name => /^\?*\*[*?]*(@.*)?$/.test(name))
}

export default rule({
  id: 'keys/open-to-all-accounts',
  severity: 'low',
  title: text('Eine Liste sagt, wer sich anmelden darf', 'A list says who may log in'),
  problem: text(
    'Weder AllowUsers noch AllowGroups schränkt ein, wer sich anmelden darf.',
    'Neither AllowUsers nor AllowGroups limits who may log in.',
  ),
  why: text(
    'Jedes Konto, das ein Paket oder ein Kollege später anlegt, ist dann sofort auch ein Zugang von außen.',
    'Every account that a package or a colleague adds later is then a way in from outside at once.',
  ),
  looksAt: text(
    'AllowUsers und AllowGroups in sshd -T, auch in jedem Match-Block; Grenzen in PAM werden nicht bewertet',
    'AllowUsers and AllowGroups in sshd -T, behind every Match too; limits in PAM are not judged',
  ),
  references: ['sshd_config(5) AllowGroups', 'CIS Debian 12 5.1.4', 'CIS Debian 13 5.1.4'],
  needs: ['effective'],

  evaluate: ({ effective }) =>
    judge(
      effective.views.every(view => limits(view, 'allowusers') || limits(view, 'allowgroups'))
        ? []
        : [{ key: 'AllowGroups' }],
    ),

  guide: 'open-to-all-accounts',
})
