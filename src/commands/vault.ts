import { json, printableLine } from '../model/shell.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { type Context, checkOutput, writeResult } from './context.js'
import { thresholdOf } from './threshold.js'
import { waiting } from './waiting.js'

/** `riegel vault FILE.kdbx`: open it, judge it and its entries, report. Gives the exit code. */
export const vault = async (context: Context, path: string | undefined): Promise<number> => {
  const { options } = context
  if (path === undefined)
    throw new Trouble(
      'usage',
      text('Welcher Tresor? Es fehlt die Datei', 'Which vault? The file is missing'),
      text('riegel vault DATEI.kdbx', 'riegel vault FILE.kdbx'),
    )
  const threshold = thresholdOf(options)
  const saved = options.one('save-facts')
  checkOutput(saved, '--save-facts')
  const { chosenRules } = await import('./rules.js')
  const chosen = chosenRules(options, 'vault').map(rule => rule.id)
  const needs = (...ids: readonly string[]) => chosen.some(id => ids.includes(id))
  const [{ openAsking, readVaultFile }, { inspect }, { judgeVault }, { openLeakCheck, leakCounter }] =
    await Promise.all([
      import('./vault-file.js'),
      import('../vault/read.js'),
      import('../vault/judge.js'),
      import('./leak-check.js'),
    ])
  // before anything is asked: a file that does not open, a list that is none, or no consent, ends it here
  inspect(readVaultFile(path))
  const leaks = needs('passwords/leaked') ? await openLeakCheck(context) : null
  try {
    const check = needs('passwords/without-second-factor')
      ? await (await import('./sites.js')).openSites(context)
      : { sites: null, facts: { state: 'absent', digest: '', count: 0 } as const }
    const { vault: opened, credentials, ms } = await openAsking(context, path)
    const began = performance.now()
    const now = context.now()
    const strength = needs('passwords/weak', 'passwords/weak-vault')
      ? await (await import('../passwords/strength.js')).loadStrength()
      : null
    const judged = await waiting(context, text('beurteilt die Einträge', 'judging the entries'), () =>
      judgeVault(
        opened,
        path,
        credentials,
        {
          guesses: (password, known) => strength?.guesses(password, known) ?? null,
          leaked: leakCounter(context, leaks),
          offers: hosts => check.sites?.offers(hosts) ?? null,
        },
        check.facts,
        now.getTime() / 1000,
      ),
    )
    const { passwordFacts } = await import('../riegel/passwords.js')
    const taken = { at: now, durationMs: ms + performance.now() - began }
    const facts = passwordFacts(printableLine(path), taken, judged.passwords, judged.vault)
    if (saved !== undefined) writeResult(saved, `${json(facts, 1)}\n`, '--save-facts')
    return (await import('./verdict.js')).verdict(context, path, threshold, facts, undefined, 'vault')
  } finally {
    await leaks?.close()
  }
}
