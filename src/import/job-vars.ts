import { argumentsOf, memoryWords, type Words } from "./arguments.js"
import { findSection } from "./configobj.js"
import type { JobPart } from "./jobs.js"
import { lookup } from "./lookup.js"
import { hasCommand, type SourceFile, scopeOf } from "./source-file.js"

/** The words of a job's command by their kinds: from [arguments], over them the job's own. */
export function jobVars(file: SourceFile, job: JobPart): Readonly<Record<string, Words>> {
  const scope = scopeOf(file, job.name)
  const section = findSection(file.root, "arguments")
  const sections = [
    section && findSection(section, job.name),
    job.section && findSection(job.section, "arguments"),
  ].flatMap(one => one ?? [])
  const vars: Record<string, Words> = {}
  const memory = job.section === undefined ? {} : memoryWords(job.section)
  if (Object.keys(memory).length > 0) vars.jvm_args = memory
  for (const one of sections) {
    for (const [kind, words] of Object.entries(argumentsOf(one, scope, file.draft))) {
      vars[kind] = { ...vars[kind], ...words }
    }
  }
  if (vars.main_entry === undefined && hasCommand(file) && commonArguments(file).main_entry === undefined) {
    const main = lookup(file.facts.mainClass, job.name)
    if (main !== undefined) vars.main_entry = { [main]: main }
    else noMainClass(file, job)
  }
  return vars
}

/** The words that all jobs share. */
export function commonArguments(file: SourceFile): Readonly<Record<string, Words>> {
  const section = findSection(file.root, "arguments")
  const common = section === undefined ? undefined : findSection(section, "service_common")
  return common === undefined ? {} : argumentsOf(common, scopeOf(file, undefined), file.draft)
}

function noMainClass({ draft, root }: SourceFile, job: JobPart): void {
  draft.note(job.section?.place ?? { file: root.place.file, line: 1 }, {
    code: "LOOK",
    message: `the main class of ${job.name} stood in Minos' code`,
    hint: "Write it into the command of the job.",
  })
}
