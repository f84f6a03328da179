import { judge, type Problem, rule } from '../../model/rule.js'
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
    if (['none', 'unknown'].includes(system.container) && newestKernel !== '' && isNewer(newestKernel, runningKernel))
      problems.push({
        key: 'kernel',
        values: {
          what: text(
            `${newestKernel} liegt bereit, ${runningKernel} läuft`,
            `${newestKernel} is ready, ${runningKernel} runs`,
          ),
        },
      })
    return judge(problems)
  },

  guide: 'reboot-pending',
})
