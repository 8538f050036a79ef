/** True when the text holds a wildcard: `*` for any run of characters, `?` for one. */
export function isGlob(text: string): boolean {
  return text.includes("*") || text.includes("?")
}

/** Whether the whole name fits the glob. Linear steps back only to the last star, so no pattern can make it slow. */
export function matchesGlob(glob: string, name: string): boolean {
  let g = 0
  let n = 0
  let star = -1
  let mark = 0
  while (n < name.length) {
    if (glob[g] === "*") {
      star = g++
      mark = n
    } else if (g < glob.length && (glob[g] === "?" || glob[g] === name[n])) {
      g++
      n++
    } else if (star !== -1) {
      g = star + 1
      n = ++mark
    } else return false
  }
  while (glob[g] === "*") g++
  return g === glob.length
}
