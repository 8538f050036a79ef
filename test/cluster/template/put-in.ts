import { compile } from "../../../src/cluster/template/compile.js"
import { type Rendered, render } from "../../../src/cluster/template/render.js"
import { type Scope, scopeMap } from "../../../src/cluster/template/scope.js"

/** A scope like that of a task of a real cluster. */
export const SCOPE: Scope = plain({
  service: "zookeeper",
  cluster: "dptst",
  vars: {
    heap: "512m",
    count: 3,
    on: true,
    off: false,
    none: null,
    empty: {},
    rest: [],
    jvm: scopeMap(["gc", "20", "10"], key => ({ gc: "-XX:+UseG1GC", 20: "twenty", 10: "ten" })[key]),
    names: ["b", "a", "c", "a"],
    far: 9007199254740992,
  },
  task: {
    name: "zookeeper.0",
    number: 0,
    port: 2181,
    endpoint: "10.0.0.1:2181",
    ports: { 0: 2181, 1: 2182, client: 2181 },
  },
  jobs: {
    web: {
      name: "web",
      tasks: [
        { name: "web.0", number: 0, endpoint: "10.0.0.1:80", zone: "b", host: { labels: { rack: "r1" } } },
        { name: "web.1", number: 1, endpoint: "10.0.0.2:80", zone: "a", host: { labels: {} } },
        { name: "web.2", number: 2, endpoint: "10.0.0.3:80", zone: "b", host: { labels: { rack: "r2" } } },
      ],
    },
  },
}) as Scope

/** What a text gives with the scope above. */
export function putIn(text: string, scope: Scope = SCOPE): Rendered {
  const compiled = compile(text)
  return compiled.kind === "problem" ? compiled : render(compiled, scope)
}

/** Maps without a prototype, their members getters, lists frozen: as hard as a scope may be for the library. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(plain))
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  const map = value as Readonly<Record<string, unknown>>
  const members = Object.fromEntries(
    Object.keys(map).map(key => [key, { enumerable: true, get: () => plain(map[key]) }]),
  )
  return Object.freeze(Object.create(null, members))
}
