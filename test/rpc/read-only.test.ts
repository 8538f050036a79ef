import { expect, test } from "vitest"
import { isReadOnly } from "../../src/rpc/read-only.js"

test.each([
  ["supervisor.getAllProcessInfo", true],
  ["supervisor.readProcessStderrLog", true],
  ["supervisor.tailProcessStdoutLog", true],
  ["supervisor.startProcess", false],
  ["supervisor.sendProcessStdin", false],
  ["supervisor.reloadConfig", false],
  ["supervisor.getting", false],
  ["supervisor.getState.x", false],
  ["system.listMethods", true],
  ["system.multicall", false],
  ["deployment.inspect", true],
  ["deployment.operation", true],
  ["deployment.activate", false],
  ["deployment.lock", false],
  ["deployment.probe", false],
  ["other.getX", false],
  ["getState", false],
  ["", false],
])("%s: %s", (method, expected) => {
  expect(isReadOnly(method)).toBe(expected)
})
