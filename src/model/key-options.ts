/** The options before an authorized key, one by one as sshd reads them (sshd(8)): a comma in quotes belongs to a value. */
const split = (options: string): string[] => options.match(/(?:"(?:\\"|[^"])*(?:"|$)|[^,"])+/g) ?? []

/** Is an option there that takes no value? Of `name` and `no-name` the last one counts. */
export const hasOption = (options: string, name: string): boolean =>
  split(options.toLowerCase()).findLast(one => one === name || one === `no-${name}`) === name

/** Is there one that takes a value, as `command="..."`? */
export const hasValue = (options: string, name: string): boolean =>
  split(options.toLowerCase()).some(one => one.startsWith(`${name}=`))
