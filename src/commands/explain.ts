import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { explainRule, explainTopic } from '../report/explain.js'
import { ruleList } from '../riegel/survey.js'
import { type Context, deliver } from './context.js'
import { unknownRule } from './rules.js'

/** The guides lie beside the bundle (dist/) and beside the compiled tree (build/src/). */
const folder = ['../guides/', '../../guides/', '../../../guides/']
  .map(path => join(import.meta.dirname, path))
  .find(path => existsSync(path))

const guide = (topic: string, lang: string): string | null => {
  const path = `${folder}${topic}.${lang}.md`
  return /^[a-z0-9-]+$/.test(topic) && folder !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : null
}

/** `riegel explain RULE or TOPIC`. Throws Trouble `unknown-rule`. */
export const explain = (context: Context, word: string): number => {
  const layout = { width: context.width, color: context.color }
  const rule = ruleList.find(one => one.id === word)
  if (rule) {
    const own = rule.guide === undefined ? null : guide(rule.guide, context.lang)
    deliver(context, explainRule(rule, own, context.lang, layout))
    return 0
  }
  const topic = guide(word, context.lang)
  if (topic === null) {
    const topics = folder === undefined ? [] : readdirSync(folder).map(name => name.replace(/\.(de|en)\.md$/, ''))
    const ids = ruleList.map(one => one.id)
    // what looks like a rule was meant as one
    throw unknownRule(word, word.includes('/') ? ids : [...ids, ...new Set(topics)])
  }
  deliver(context, explainTopic(topic, context.lang, layout))
  return 0
}
