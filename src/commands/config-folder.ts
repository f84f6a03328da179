import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where Riegel keeps what a person decided once, on this computer. Nothing secret lies there. */
export const configFolder = (): string => {
  const { XDG_CONFIG_HOME, APPDATA } = process.env
  if (process.platform === 'win32') return join(APPDATA || join(homedir(), 'AppData', 'Roaming'), 'riegel')
  // relative ones are to be ignored (XDG Base Directory Specification)
  return join(XDG_CONFIG_HOME?.startsWith('/') ? XDG_CONFIG_HOME : join(homedir(), '.config'), 'riegel')
}
