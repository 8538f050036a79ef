import { expect, test } from "vitest"
import { loadText, smallCluster } from "./load-text.js"

test("tasks count over the hosts of their job in file order, instances innermost", async () => {
  const tasks = (await smallCluster()).tasks
  expect(tasks.map(t => `${t.name} ${t.host.name} ${t.instance} ${t.program}`)).toEqual([
    "web.0 web-01 0 shop.test.web.0",
    "web.1 web-01 1 shop.test.web.1",
    "web.2 web-02 0 shop.test.web.0",
    "web.3 web-02 1 shop.test.web.1",
    "web.4 web-03 0 shop.test.web.0",
    "web.5 web-03 1 shop.test.web.1",
    "web.6 web-11 0 shop.test.web.0",
    "web.7 web-11 1 shop.test.web.1",
    "db.0 db-01 0 pg:main",
  ])
})

test("the order in which a job names its hosts does not count", async () => {
  const text = (hosts: string) => `
service: a
cluster: b
regions: {east: {hosts: {h-1: a, h-2: b}}, west: {hosts: {h-3: c}}}
jobs: {x: {hosts: ${hosts}, program: p}}
`
  const names = async (hosts: string) => (await loadText(text(hosts))).tasks.map(task => task.host.name)
  expect(await names("[west, h-2, h-1, h-2]")).toEqual(["h-1", "h-2", "h-3"])
  expect(await names('["*", west]')).toEqual(["h-1", "h-2", "h-3"])
})
