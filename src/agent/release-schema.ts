import * as z from "zod"
import { FOLDER_NAMES, type Folder, type Text } from "../model/text.js"
import { fitsProgram, TOO_LONG, tooMuch, variableName } from "./program-strings.js"
import { clash, pathProblem } from "./release-paths.js"

/** The agent trusts no caller with a path or a line of a configuration: everything is one of these. */
const packagePart = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/, "not a package's name or version")
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "not a sha256")
const seconds = z.int().min(0).max(86_400)
const MOST_DISKS = 64
const diskNumber = z
  .int()
  .min(0)
  .max(MOST_DISKS - 1)

export const releaseId = z.string().regex(/^[0-9a-f]{16}$/, "not a release id")

export const packageIdentity = z.strictObject({ name: packagePart, version: packagePart, sha256 })

/** The name of a user of the host. */
export const userName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, "not a user's name")

/** How a program is run, without the program, its place and its environment. */
export const settings = z.strictObject({
  autorestart: z.union([z.boolean(), z.literal("unexpected")]),
  startsecs: seconds,
  startretries: z.int().min(0).max(1_000),
  exitcodes: z.array(z.int().min(0).max(255)).min(1).max(256),
  stopsignal: z.enum(["TERM", "HUP", "INT", "QUIT", "KILL", "USR1", "USR2"]),
  stopwaitsecs: seconds,
  stopasgroup: z.boolean(),
  killasgroup: z.boolean(),
  logMaxBytes: z.int().min(0),
  logBackups: z.int().min(0).max(1_000),
  user: userName.exactOptional(),
  priority: z.int().min(-1_000_000).max(1_000_000).exactOptional(),
})

/** A text as it goes over the wire; bytes are UTF-8 that XML cannot carry. */
const text: z.ZodType<Text> = z.union(
  [z.string(), utf8(), z.array(z.union([z.string(), utf8(), folder()]))],
  {
    error: "neither a text nor an array of texts and folders",
  },
)

/** A text that a program is given. */
const programText = text
  .refine(value => !known(value).includes("\0"), "holds a NUL")
  .refine(value => fitsProgram(known(value)), TOO_LONG)

/** A program and its arguments. */
export const releaseArgv = z
  .array(programText)
  .min(1)
  .max(1_000)
  .refine(([program = ""]) => program.length > 0, "names no program")

const environment = z
  .record(variableName, programText)
  .refine(env => Object.entries(env).every(([key, value]) => fitsProgram(`${key}=${known(value)}`)), TOO_LONG)

const MOST_FILES = 1_000
const MOST_TEXT = 1024 * 1024

const file = z.strictObject({
  path: z.string().superRefine((path, context) => {
    const problem = pathProblem(path)
    if (problem !== undefined) context.addIssue({ code: "custom", message: `the path ${problem}` })
  }),
  mode: z.int().min(0).max(0o777),
  owner: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}(:[A-Za-z_][A-Za-z0-9_.-]{0,63})?$/, "neither user nor user:group")
    .exactOptional(),
  content: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("text"), text }),
    z.strictObject({ kind: z.literal("blob"), sha256, size: z.int().min(0) }),
  ]),
})

const files = z
  .array(file)
  .max(MOST_FILES, `a release has at most ${MOST_FILES} files`)
  .superRefine((all, context) => {
    const problem = clash(all.map(({ path }) => path))
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem })
    const bytes = all.reduce(
      (sum, { content }) => sum + (content.kind === "text" ? Buffer.byteLength(known(content.text)) : 0),
      0,
    )
    if (bytes > MOST_TEXT)
      context.addIssue({
        code: "custom",
        message: `the texts of a release's files are at most 1 MiB together, and these are ${bytes} bytes`,
      })
  })

/** A release as a client sends it; what older clients know nothing of is what a release is without it. */
export const releaseSchema = z
  .strictObject({
    id: releaseId,
    package: packageIdentity,
    process: settings.extend({
      argv: releaseArgv,
      env: environment,
      directory: programText.refine(value => value.length > 0, "is empty").exactOptional(),
      umask: z
        .string()
        .regex(/^0?[0-7]{3}$/, "not three octal digits")
        .exactOptional(),
    }),
    files: files.default([]),
    scripts: z
      .strictObject({
        bootstrap: releaseArgv.exactOptional(),
        preStart: releaseArgv.exactOptional(),
        postStop: releaseArgv.exactOptional(),
        cleanup: releaseArgv.exactOptional(),
      })
      .default({}),
    data: z
      .array(diskNumber)
      .min(1)
      .max(MOST_DISKS)
      .refine(disks => new Set(disks).size === disks.length, "names a disk twice")
      .default([0]),
  })
  .superRefine(({ process, files, scripts, data }, context) => {
    const { argv, env } = process
    const given = [...argv.map(known), ...Object.entries(env).map(([key, value]) => `${key}=${known(value)}`)]
    const problem = tooMuch(given)
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem })
    const texts = [
      ...process.argv,
      ...Object.values(process.env),
      ...(process.directory === undefined ? [] : [process.directory]),
      ...files.flatMap(({ content }) => (content.kind === "text" ? [content.text] : [])),
      ...Object.values(scripts).flat(),
    ]
    const other = texts
      .flatMap(foldersIn)
      .find(({ index, folder }) => index !== undefined && (folder !== "data" || !data.includes(index)))
    if (other)
      context.addIssue({
        code: "custom",
        message: `${other.folder} ${other.index} is none of its data disks`,
      })
  })

/** What is known of a text before its folders are put in. */
function known(value: Text): string {
  return typeof value === "string" ? value : value.filter(piece => typeof piece === "string").join("")
}

function foldersIn(value: Text): readonly Folder[] {
  return typeof value === "string"
    ? []
    : value.filter((piece): piece is Folder => typeof piece === "object" && "folder" in piece)
}

function folder(): z.ZodType<Folder> {
  return z.strictObject({ folder: z.enum(FOLDER_NAMES), index: diskNumber.exactOptional() })
}

function utf8(): z.ZodType<string> {
  return z
    .custom<Buffer>(value => Buffer.isBuffer(value))
    .transform(bytes => bytes.toString("utf8")) as unknown as z.ZodType<string>
}
