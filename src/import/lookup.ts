/** What a record itself has for a name out of a file, which may be `constructor`; undefined when it has nothing. */
export function lookup<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
