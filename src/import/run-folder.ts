const RUN = "{{ task.run }}"

/**
 * Minos' run folder held everything of a task: its files, its logs, and the package in `package/`. Here each has a place
 * of its own, so a path below the run folder becomes one below that place. `files` are the names of the task's files.
 */
export function inRunFolder(text: string, files: ReadonlySet<string>): string {
  return text.replace(/\{\{ task\.run \}\}\/([\w.-]+)(\/?)/g, (whole, name: string, slash: string) => {
    if (name === "package") return slash === "" ? "." : "./"
    if (name === "log" || name === "stdout") return `{{ task.log }}${slash}`
    // A base file does not know the files of the others, but a name with an ending is one of them.
    if (files.has(name) || /\.\w+$/.test(name)) return `{{ task.files }}/${name}${slash}`
    return whole
  })
}

/** The names of the shell in which Minos ran a command, as far as there is something for them. */
export function shellNames(word: string): { readonly text: string; readonly lost: readonly string[] } {
  const lost: string[] = []
  const text = word.replace(/[_-]?\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? ""
    const put = SHELL.get(name)
    if (put !== undefined) return whole.slice(0, whole.indexOf("$")) + put
    if (name === "start_time" || name === "pid") {
      lost.push(name)
      return ""
    }
    if (/^[a-z_]+$/.test(name)) lost.push(name)
    return whole
  })
  return { text, lost }
}

const SHELL: ReadonlyMap<string, string> = new Map([
  ["run_dir", RUN],
  ["log_dir", "{{ task.log }}"],
  ["package_dir", "."],
  ["job_name", "{{ job.name }}"],
  ["artifact", "{{ package.name }}-{{ package.version }}"],
])
