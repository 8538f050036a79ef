import { Alias, type Pair, type YAMLMap } from "yaml"
import { commandOf, MEMORY_KEYS } from "./arguments.js"
import { findEntry, findSection } from "./configobj.js"
import { fileNames } from "./files.js"
import { instancesOf } from "./hosts.js"
import { sharedFiles } from "./job-files.js"
import { jobVars } from "./job-vars.js"
import type { JobPart } from "./jobs.js"
import { hasCommand, type SourceFile } from "./source-file.js"
import { wordsNode } from "./vars-yaml.js"
import { block, flow, lines, list, pair } from "./yaml-nodes.js"
import { myidPairs } from "./zookeeper.js"

/** `jobs`; the files stand in the first one, and the others refer to them. */
export function jobsOf(file: SourceFile): Pair[] {
  if (file.jobs.length === 0) {
    file.draft.note(file.named.at?.place ?? { file: file.root.place.file, line: 1 }, {
      code: "LOOK",
      message: "the file names no jobs, and files and commands belong to jobs here",
      hint: "Run minos import again with --jobs NAME,NAME",
    })
    return []
  }
  if (hasCommand(file)) noteCommand(file)
  const files = sharedFiles(file)
  const anchor = "files"
  if (files !== undefined && file.jobs.length > 1) files.anchor = anchor
  const pairs = file.jobs.map((job, n) => {
    const own = files === undefined || n === 0 ? files : new Alias(anchor)
    return pair(job.name, block(jobPairs(file, job, own)), { before: job.section?.before ?? [] })
  })
  return [pair("jobs", block(pairs))]
}

function jobPairs(file: SourceFile, job: JobPart, files: YAMLMap | Alias | undefined): Pair[] {
  const instances = instancesOf(job.hosts)
  const vars = jobVars(file, job)
  const raw = fileNames(findSection(file.root, "configuration"))
  const hosts = job.hosts.map(host => host.address)
  return [
    ...(job.section === undefined ? [] : [pair("hosts", list(hosts.length > 0 ? hosts : ["*"]))]),
    ...(instances === undefined ? [] : [pair("instances", instancesNode(instances))]),
    ...(job.basePort === undefined
      ? []
      : [pair("basePort", job.basePort, findEntry(job.section, "base_port"))]),
    ...(Object.keys(vars).length > 0
      ? [pair("vars", block(Object.entries(vars).map(([kind, words]) => pair(kind, wordsNode(words)))))]
      : []),
    ...(hasCommand(file) ? [pair("command", lines(commandOf(file.facts.classes).join("\n")))] : []),
    ...(hasCommand(file) && file.named.service === "zookeeper" ? [myidPairs().bootstrap] : []),
    ...(raw.has("pre.sh") ? [pair("preStart", `sh {{ task.files }}/pre.sh ${job.name} {{ task.run }}`)] : []),
    ...(raw.has("post.sh")
      ? [pair("postStop", `sh {{ task.files }}/post.sh ${job.name} {{ task.run }}`)]
      : []),
    ...(files === undefined ? [] : [pair("files", files)]),
  ]
}

function instancesNode(instances: NonNullable<ReturnType<typeof instancesOf>>): unknown {
  if (typeof instances === "number") return instances
  return flow(Object.entries(instances).map(([host, count]) => pair(host, count)))
}

/** What Minos' own code put into commands besides what the file says. */
function noteCommand({ facts, named, jobs, draft, root }: SourceFile): void {
  const place = jobs[0]?.section?.place ?? findSection(root, "arguments")?.place ?? root.place
  if (!facts.sure) {
    draft.note(place, {
      code: "LOOK",
      message: `how ${named.service} is started, and where its classes are, stood in Minos' code`,
      hint: "Compare the command with a start script of yours.",
    })
  }
  if (!jobs.some(({ section }) => section?.entries.some(entry => MEMORY_KEYS.includes(entry.key)))) return
  draft.note(place, {
    code: "LOOK",
    message: "the options of the command besides the heap stood in Minos' code",
    hint: "Add those that you need to vars: {jvm_args: {-XX:+UseG1GC: -XX:+UseG1GC}}",
  })
}
