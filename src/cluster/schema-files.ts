import * as z from "zod"
import { filled, matching, octal, oneOf, optional, text, yamlMap } from "./schema-values.js"

/* The files that a release brings beside its package: `files` of a job, as written. */

/** What `values` can be written as. */
export const FILE_FORMATS = ["hadoop-xml", "properties", "yaml", "json", "ini", "env", "zoo.cfg"] as const

export type FileFormat = (typeof FILE_FORMATS)[number]

/** The keys of which each file has exactly one: where its content comes from. */
export const FILE_KINDS = ["source", "template", "text", "values"] as const

const MODE_WORDS =
  'permission bits in octal and in quotes, such as "0644", without setuid, setgid and sticky bit'
const OWNER_WORDS = "user or user:group, such as zookeeper:zookeeper"
const VALUES_WORDS = "a map such as {tickTime: 2000}"

export const fileSchema = z.strictObject(
  {
    source: optional("a file of this machine, taken byte for byte; relative to this file", filled("a path")),
    template: optional("a template of this machine, filled in for each task", filled("a path")),
    text: optional("a template written here, filled in for each task", text("text")),
    values: optional("what the file says, written in its format", yamlMap(VALUES_WORDS)),
    format: optional("how values are written", oneOf(FILE_FORMATS)),
    mode: optional('its permission bits; default "0644"', octal(MODE_WORDS)),
    owner: optional(
      "user or user:group; default: who the program runs as",
      matching(/^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$/, OWNER_WORDS),
    ),
  },
  { error: "a map with one of source, template, text and values" },
)

export const filesSchema = z.record(z.string(), fileSchema, {
  error: "a map of paths such as conf/zoo.cfg to what is in each file",
})

export type WrittenFile = z.infer<typeof fileSchema>
