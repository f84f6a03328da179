import { dictionary } from '@zxcvbn-ts/language-common'

/** 7776 English words: EFF's long list for dice, © 2016 Electronic Frontier Foundation, CC BY 3.0 US (NOTICE.md). */
export const words: readonly string[] = dictionary['diceware-common']
