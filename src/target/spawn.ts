import { type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio, spawn } from 'node:child_process'

/**
 * ssh that does not hear Ctrl+C: the terminal sends it to the whole group, and it is over this connection that
 * everything is taken back then. Where there is no sh (Windows) it hears it, and the server's guard takes back.
 */
export const spawnSsh = (
  words: readonly string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams =>
  process.platform === 'win32'
    ? spawn('ssh', words, options)
    : spawn('sh', ['-c', `trap '' INT; exec ssh "$@"`, 'ssh', ...words], options)
