// Packs the commands and all that they import, packages included, into a few files: a thousand small ones would take three times
// as long to load. Each command is a file of its own, what several share lies in chunks, and what is imported with `import()`
// stays out until it is used.
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { notices } from "./notices.js"

/** Writes the bundle into `folder`. Throws when something that is imported is missing. */
export async function bundle(root, folder) {
  const commands = readdirSync(join(root, "commands"), { recursive: true })
    .filter(name => name.endsWith(".ts"))
    .map(name => join("commands", name))
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      ...commands,
      "src/cli/main.ts",
      // oclif loads these two by their paths, which stand in package.json.
      "src/cli/help.ts",
      "src/cli/command-not-found.ts",
    ],
    outdir: folder,
    outbase: ".",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // What CommonJS packages ask for in a file that is none.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    // The names of sources stand in the stack of a bug: names and lines stay as they are.
    minify: false,
    define: { "process.env.OCLIF_DISABLE_ENGINE_WARNING": '"1"' },
    plugins: [withoutUnused],
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
  })
  writeFileSync(join(folder, "NOTICES"), notices(root, metafile))
}

/** What oclif imports to find plugins, commands and a TypeScript compiler, where minos tells it what there is (own-plugin.ts). */
const UNUSED = /^(minimatch|tinyglobby|semver|lilconfig|typescript|cli-spinners)$/

const withoutUnused = {
  name: "without-unused",
  setup(build) {
    build.onResolve({ filter: UNUSED }, ({ path, importer }) =>
      importer.includes("/@oclif/core/") ? { path, namespace: "unused" } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "module.exports = {}" }))
  },
}
