/** What systemd reads from an EnvironmentFile= (src/basic/env-file.c of its release 255), for files of quoted values only. */
export function readSystemdEnv(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const equals = text.indexOf("=", at)
    const key = text.slice(at, equals)
    let value = ""
    for (at = equals + 1; at < text.length && text[at] !== "\n"; at++) {
      const quote = text[at]
      if (quote !== "'" && quote !== '"') throw new Error(`${quote} stands outside of quotes`)
      for (at++; text[at] !== quote; at++) {
        if (quote === '"' && text[at] === "\\") at++
        value += text[at]
      }
    }
    at++
    found.set(key, value)
  }
  return found
}
