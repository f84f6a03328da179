import { judgeUnless, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

const numbers = (kernel: string): number[] => (/^\d+(?:[.-]\d+)*/.exec(kernel)?.[0] ?? '').split(/[.-]/).map(Number)

const isNewer = (one: string, other: string): boolean => {
  const [a, b] = [numbers(one), numbers(other)]
  const at = a.findIndex((number, index) => number !== (b[index] ?? 0))
  return at >= 0 && a[at]! > (b[at] ?? 0)
}

export default rule({
  id: 'upkeep/reboot-pending',
  severity: 'medium',
  title: text('Was eingespielt ist, läuft auch', 'What is installed is what runs'),
  problem: text('Ein Neustart steht aus: {what}.', 'A restart is due: {what}.'),
  why: text(
    'Bis dahin läuft der alte Kernel weiter, mit den Lücken, die das Update geschlossen hat.',
    'Until then the old kernel goes on running, with the holes that the update closed.',
  ),
  looksAt: text(
    '/run/reboot-required und ob in /boot ein neuerer Kernel liegt als der laufende',
    '/run/reboot-required, and whether /boot holds a newer kernel than the one that runs',
  ),
  references: ['BSI OPS.1.1.3', 'BSI Grundschutz++ KONF.8.1'],
  needs: ['reboot', 'system'],

  evaluate({ reboot, system }) {
    const { required, packages, runningKernel, newestKernel } = reboot
    const problems: Problem[] = []
    if (required) {
      const names = packages.slice(0, 5).join(', ')
      const what = names === '' ? text('das System verlangt ihn', 'the system asks for it') : names
      problems.push({ key: 'required', values: { what } })
    }
    // a container runs the kernel of its host
    const own = ['none', 'unknown'].includes(system.container)
    // a name like vmlinuz-linux says nothing of the version in it
    const numbered = [newestKernel, runningKernel].every(kernel => /^\d/.test(kernel))
    if (own && numbered && isNewer(newestKernel, runningKernel))
      problems.push({
        key: 'kernel',
        values: {
          what: text(
            `${newestKernel} liegt bereit, ${runningKernel} läuft`,
            `${newestKernel} is ready, ${runningKernel} runs`,
          ),
        },
      })
    return judgeUnless(
      problems,
      own && !numbered
        ? text(
            'in /boot liegt kein Kernel mit einer Version im Namen; ob der neueste läuft, ist nicht zu sehen',
            'no kernel in /boot has a version in its name; whether the newest one runs cannot be seen',
          )
        : null,
    )
  },

  guide: 'reboot-pending',
})
