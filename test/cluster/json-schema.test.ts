import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { clusterJsonSchema, type JsonSchema } from "../../src/cluster/json-schema.js"
import { clusterSchema } from "../../src/cluster/schema.js"
import { schemaErrors } from "../support/json-schema.js"

const PROJECT = join(import.meta.dirname, "../..")
const GOOD = join(PROJECT, "fixtures/clusters/good")
const schema = clusterJsonSchema()

test("the file at the top of the project is up to date", async () => {
  const text = `${JSON.stringify(schema, null, 2)}\n`
  await expect(text).toMatchFileSnapshot(join(PROJECT, "minos.schema.json"))
})

test("each key has words for an editor", () => {
  const silent = keys(schema).filter(([, { description }]) => !description)
  expect(silent.map(([path]) => path)).toEqual([])
})

test("each map of keys takes no other key", () => {
  const open = [["", schema] as const, ...keys(schema)].filter(([, form]) =>
    forms(form).some(({ properties, additionalProperties }) => properties && additionalProperties !== false),
  )
  expect(open.map(([path]) => path)).toEqual([])
})

test("it has the keys that minos check takes", () => {
  expect(Object.keys(schema.properties ?? {})).toEqual(Object.keys(clusterSchema.shape))
})

const job = (text: string) => `jobs: {web: ${text}}`

const RIGHT: readonly [string, string][] = [
  ["an empty file that another one extends", "{}"],
  [
    "a file that changes another one",
    "extends: a.yaml\njobs: {web: {instances: 2, env: {A: null}, files: null}}",
  ],
  ["a file that extends several", "extends: [a.yaml, b.yaml]"],
  ["a host's number of instances", job('{instances: {"*": 2, web-01: "{{ vars.n }}"}}')],
  ["a template for a number", job('{instances: "{{ vars.n }}", basePort: "{{ vars.port }}"}')],
  ["a template for a flag", job('{stopasgroup: "{{ vars.flag }}"}')],
  ["a template for a time", 'rollout: {minHealthy: "{{ vars.time }}", maxFailures: "{{ vars.share }}"}'],
  ["a template for one of some words", job('{stopsignal: "{% if true %}INT{% endif %}"}')],
  ["a template for a port", job('{checks: [{tcp: {port: "{{ task.ports.client }}"}}]}')],
  ["a template for a file mode", job('{files: {a: {text: "", mode: "{{ vars.mode }}"}}}')],
  ["a command as a list", job("{command: [node, server.js]}")],
  ["anything in vars", "vars: {a: [1, {b: null}], c: {d: {e: 1.5}}}"],
]

const WRONG: readonly [string, string][] = [
  ["an unknown key at the top", "servce: a"],
  ["an unknown key of a job", job("{comand: a}")],
  ["a number in text", job('{instances: "two"}')],
  ["a number out of bounds", job("{instances: 0}")],
  ["a word that is not one of some", job("{stopsignal: SIGTERM}")],
  ["a time without a unit", 'rollout: {minHealthy: "5"}'],
  ["a mode that is not quoted", job('{files: {a: {text: "", mode: 0644}}}')],
  ["a template for a name", 'service: "{{ vars.name }}"'],
  ["null as an item of a list", job("{hosts: [null]}")],
  ["a check of a port without the port", job("{checks: [{tcp: {}}]}")],
  ["a map for a list", job("{hosts: {a: b}}")],
]

const errors = (text: string) => schemaErrors(parse(text), schema)

test.each(readdirSync(GOOD).filter(name => name.endsWith(".yaml")))("it takes %s", name => {
  const text = readFileSync(join(GOOD, name), "utf8")
  expect(errors(text)).toEqual([])
  const named = /^# yaml-language-server: \$schema=(.*)$/m.exec(text)?.[1] ?? ""
  expect(join(GOOD, named)).toBe(join(PROJECT, "minos.schema.json"))
})

test.each(RIGHT)("it takes %s", (_, text) => {
  expect(errors(text)).toEqual([])
})

test.each(WRONG)("it refuses %s", (_, text) => {
  expect(errors(text)).not.toEqual([])
})

/** Every key that the schema knows, at its path. */
function keys(form: JsonSchema, path = ""): [string, JsonSchema][] {
  return forms(form).flatMap(({ properties = {}, additionalProperties, items }) => [
    ...Object.entries(properties).flatMap(([key, value]): [string, JsonSchema][] => [
      [`${path}.${key}`, value],
      ...keys(value, `${path}.${key}`),
    ]),
    ...(typeof additionalProperties === "object" ? keys(additionalProperties, `${path}.*`) : []),
    ...(items === undefined ? [] : keys(items, `${path}[]`)),
  ])
}

function forms(form: JsonSchema): readonly JsonSchema[] {
  return form.anyOf ?? [form]
}
