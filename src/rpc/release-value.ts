import type { Release, ReleaseFile } from "../model/release.js"
import type { Text } from "../model/text.js"
import { textValue } from "./text-value.js"
import type { XmlRpcStruct } from "./value.js"

/** A release for a call, its secrets put in. Parts that are not used are left out, for older agents know nothing of them. */
export function releaseValue({
  id,
  package: identity,
  process,
  files,
  scripts,
  data,
}: Release): XmlRpcStruct {
  const { argv, env, directory, ...settings } = process
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  return {
    id,
    package: { ...identity },
    process: {
      ...Object.fromEntries(given),
      argv: argv.map(textValue),
      env: valuesOf(env, textValue),
      ...(directory !== undefined && { directory: textValue(directory) }),
    },
    ...(files.length > 0 && { files: files.map(fileValue) }),
    ...(Object.keys(scripts).length > 0 && {
      scripts: valuesOf(scripts, (argv: readonly Text[]) => argv.map(textValue)),
    }),
    ...((data.length !== 1 || data[0] !== 0) && { data }),
  }
}

function fileValue({ path, mode, owner, content }: ReleaseFile): XmlRpcStruct {
  return {
    path,
    mode,
    ...(owner !== undefined && { owner }),
    content: content.kind === "text" ? { kind: "text", text: textValue(content.text) } : { ...content },
  }
}

function valuesOf<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => XmlRpcStruct[string],
): XmlRpcStruct {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
