import { basename } from "node:path"
import { Script } from "node:vm"

/**
 * One script, and its source map, of the ES modules into which esbuild splits a program: each becomes a function, of which V8
 * looks at nothing before it is called. The script exports what the module `entry` does. Throws where esbuild writes what is not known here.
 */
export function oneScript(outputFiles, entry) {
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]))
  const pieces = [HEAD]
  const sections = []
  let line = lines(HEAD)
  for (const [path, text] of texts) {
    if (!path.endsWith(".js")) continue
    const piece = `"./${basename(path)}"(require) {\n${functionBody(text)}},\n`
    sections.push({ offset: { line: line + 1, column: 0 }, map: JSON.parse(texts.get(`${path}.map`)) })
    pieces.push(piece)
    line += lines(piece)
  }
  const code = [...pieces, foot(entry)].join("")
  new Script(code)
  return { code, map: { version: 3, sections } }
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

/**
 * The same lines, with other words for import and export. The modules import one another in no circle and export at their end, so
 * that what is imported can be a constant.
 */
function functionBody(module) {
  // A package that requires an ES module gets one that is run later: its exports would not be there yet.
  if (/^import \{[^}]*\binit_/m.test(module)) throw new Error("an ES module is required from another chunk")
  return module
    .replace(/^import (?:\* as )?([\w$]+) from (".*");$/gm, "const $1 = require($2);")
    .replace(
      /^import (\{[^}]*\}) from (".*");$/gm,
      (_, names, from) => `const ${names.replaceAll(" as ", ": ")} = require(${from});`,
    )
    .replace(
      /^import ([\w$]+), (\{[^}]*\}) from (".*");$/gm,
      (_, all, names, from) => `const ${all} = require(${from}), ${names.replaceAll(" as ", ": ")} = ${all};`,
    )
    .replace(/^import (".*");$/gm, "require($1);")
    .replace(/\bimport\(("\.\/[\w-]+\.js")\)/g, "Promise.resolve().then(() => require($1))")
    .replace(/^export default (.*);$/gm, "return { default: $1 };")
    .replace(
      /^export \{([^}]*)\};$/gm,
      (_, names) => `return {${names.replace(/([\w$]+) as ([\w$]+)/g, "$2: $1")}};`,
    )
}

function lines(text) {
  return text.split("\n").length - 1
}
