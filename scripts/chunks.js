import { basename } from "node:path"
import { transformSync } from "esbuild"

/**
 * One script, and its source map, of the ES modules into which esbuild splits a program: each becomes a function, of which V8
 * looks at nothing before it is called. The script exports what the module `entry` does.
 */
export function oneScript(outputFiles, entry) {
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]))
  const pieces = [HEAD]
  const sections = []
  let line = lines(HEAD)
  for (const [path, text] of texts) {
    if (!path.endsWith(".js")) continue
    const { code, map } = asCommonJs(text, texts.get(`${path}.map`))
    const opening = `"./${basename(path)}"(require, exports = {}, module = { exports }) {\n`
    sections.push({ offset: { line: line + lines(opening), column: 0 }, map: JSON.parse(map) })
    const piece = `${opening}${code}return module.exports\n},\n`
    pieces.push(piece)
    line += lines(piece)
  }
  return { code: [...pieces, foot(entry)].join(""), map: { version: 3, sections } }
}

const HEAD = `(function (exports, require, module) {
const chunks = {
`

const foot = entry => `}
const loaded = {}
const load = name => Object.hasOwn(chunks, name) ? (loaded[name] ??= chunks[name](load)) : require(name)
module.exports = load("./${entry}")
})
`

function asCommonJs(module, map) {
  const before = Buffer.from(map).toString("base64")
  return transformSync(`${module}\n//# sourceMappingURL=data:application/json;base64,${before}\n`, {
    format: "cjs",
    platform: "node",
    target: "node20",
    // There are no other files that an import() could lead to.
    supported: { "dynamic-import": false },
    legalComments: "none",
    sourcemap: "external",
    sourcesContent: false,
  })
}

function lines(text) {
  return text.split("\n").length - 1
}
