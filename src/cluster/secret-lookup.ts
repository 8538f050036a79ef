import { resolve } from "node:path"
import { MinosError } from "../model/error.js"
import { printable } from "../model/visible.js"
import type { LocatedMap, Path } from "./located.js"
import { didYouMean } from "./nearest.js"
import { referenceName, type Scheme, words } from "./references.js"
import { type CommandResult, runSecretCommand } from "./secret-command.js"
import { readSecretFile } from "./secret-file.js"
import { type Site, siteIn } from "./secret-site.js"

/** Looks up what `${env:NAME}`, `${file:PATH}` and `${cmd:COMMAND}` at a path of the cluster file stand for. */
export type Lookup = (reference: Reference, path: Path) => Found

export interface Reference {
  readonly scheme: Scheme
  readonly name: string
}

export type Found =
  | { readonly kind: "value"; readonly value: string }
  /** What a command will print: it runs when the value is first asked for. Throws a MinosError when it fails. */
  | { readonly kind: "later"; readonly value: () => string; readonly site: Site }
  | NotFound

export interface NotFound {
  readonly kind: "missing"
  /** SECRET_MISSING when not said. */
  readonly code?: "SECRET_MODE"
  readonly message: string
  readonly hint?: string
}

/**
 * Lookups in the environment, in files and by commands, for trees whose values stand in different files; each file is read and
 * each command runs once at most.
 */
export function secretLookups(
  env: Readonly<Record<string, string | undefined>>,
): (root: LocatedMap) => Lookup {
  const files = new Map<string, Found>()
  const commands = new Map<string, CommandResult>()

  const run = (name: string, folder: string): CommandResult => {
    const key = `${folder}\0${name}`
    const result = commands.get(key) ?? runSecretCommand(words(name), { cwd: folder, env })
    commands.set(key, result)
    return result
  }

  return root =>
    ({ scheme, name }, path) => {
      switch (scheme) {
        case "env":
          return fromEnv(env, name)
        case "file": {
          const file = resolve(siteIn(root, path).folder, name)
          const found = files.get(file) ?? readSecretFile(file, name)
          files.set(file, found)
          return found
        }
        case "cmd": {
          const site = siteIn(root, path)
          const value = () => {
            const result = run(name, site.folder)
            if (result.kind === "value") return result.value
            throw commandError(site, `\${${referenceName({ scheme, name })}} ${result.message}`, result.hint)
          }
          return { kind: "later", value, site }
        }
      }
    }
}

/** A command that gives no secret, or none that can be used where it stands. */
export function commandError({ place }: Site, message: string, hint?: string): MinosError {
  return new MinosError("SECRET_COMMAND", `${place} ${message}`, {
    ...(hint !== undefined && { hint }),
    exitCode: 2,
  })
}

function fromEnv(env: Readonly<Record<string, string | undefined>>, name: string): Found {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  const shown = printable(name)
  if (value === undefined) {
    const hint = didYouMean(name, Object.keys(env)) ?? `Set it before you run minos: export ${shown}=...`
    return { kind: "missing", message: `the environment variable ${shown} is not set`, hint }
  }
  if (value === "") return { kind: "missing", message: `the environment variable ${shown} is empty` }
  return { kind: "value", value }
}
