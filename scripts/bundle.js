// Packs the commands and all that they import, packages included, into one file: a thousand small ones would take three times as
// long to load. What is imported with `import()`, each command too, is run when it is used.
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { oneScript } from "./chunks.js"
import { notices } from "./notices.js"

/** Writes the bundle, its source map and the licences of what is in it into `folder`. Throws when an import leads nowhere. */
export async function bundle(root, folder) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: entry(root), resolveDir: root, sourcefile: "entry.js" },
    outdir: folder,
    entryNames: "minos",
    bundle: true,
    format: "esm",
    splitting: true,
    platform: "node",
    target: "node20",
    define: { "process.env.OCLIF_DISABLE_ENGINE_WARNING": '"1"' },
    plugins: [withoutUnused, loadedLate],
    legalComments: "none",
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "warning",
    metafile: true,
    write: false,
  })
  // V8 can keep the code of a script, not that of a module: bin/load.js calls this function.
  const { code, map } = oneScript(outputFiles, "minos.js")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "minos.js"), withHash(`${ascii(code)}//# sourceMappingURL=minos.js.map\n`))
  writeFileSync(join(folder, "minos.js.map"), JSON.stringify(map))
  writeFileSync(join(folder, "NOTICES"), notices(root, metafile))
}

/** With its hash at the end, by which bin/load.js knows the code that V8 made of it. */
function withHash(text) {
  return `${text}// ${createHash("sha256").update(text).digest("hex")}\n`
}

/** The same program in ASCII, which V8 reads in half the space; esbuild leaves regular expressions as they are. */
function ascii(text) {
  return text.replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

function entry(root) {
  const commands = readdirSync(join(root, "commands"), { recursive: true })
    .filter(name => name.endsWith(".ts"))
    .map(
      name => `${JSON.stringify(name.slice(0, -3).replaceAll("/", ":"))}: () => import("./commands/${name}")`,
    )
  return `import { main } from "./src/cli/main.ts"
    export const run = root => main(root, { ${commands.join(", ")} })`
}

/**
 * What is imported and never used: oclif finds plugins, commands and a TypeScript compiler with it, and minos tells it what there is
 * (src/cli/own-plugin.ts); it tells what it does to whoever debugs oclif, asks where it runs on Windows, and would take arguments
 * from stdin; no question of ours is answered in an editor.
 */
const UNUSED = {
  "@oclif/core": [
    "debug",
    "lilconfig",
    "minimatch",
    "node:child_process",
    "node:readline",
    "semver",
    "tinyglobby",
    "typescript",
    "wsl-utils",
  ],
  "@inquirer/editor": ["@inquirer/external-editor"],
}

const withoutUnused = {
  name: "without-unused",
  setup(build) {
    for (const [importer, names] of Object.entries(UNUSED)) {
      build.onResolve({ filter: new RegExp(`^(${names.join("|")})$`) }, asked =>
        asked.importer.includes(`/${importer}/`) ? { path: asked.path, namespace: "unused" } : undefined,
      )
    }
    build.onLoad({ filter: /.*/, namespace: "unused" }, () => ({
      contents: "module.exports = function nothing() { return nothing }",
    }))
  },
}

/** Parts of Node that take up to two milliseconds to load, and of which most runs call nothing: the first call loads them. */
const LATE = {
  "node:child_process": ["execFile", "spawn", "spawnSync"],
  "node:crypto": ["createHash", "randomBytes", "randomInt", "timingSafeEqual"],
  "node:tls": ["connect"],
}

const loadedLate = {
  name: "loaded-late",
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      path in LATE && namespace !== "late" ? { path, namespace: "late" } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: "late" }, ({ path }) => ({
      contents: [
        `let part`,
        `const late = () => part ??= require("${path}")`,
        ...LATE[path].map(name => `export const ${name} = (...given) => late().${name}(...given)`),
      ].join("\n"),
    }))
  },
}
