import { describe, expect, test } from "vitest"
import { resumeArgv } from "../../src/cli/resume-argv.js"

const ID = "r-20261122-101500-x7f2"

describe("the command line of a run that goes on", () => {
  test.each<[string, readonly string[], boolean, readonly string[]]>([
    ["asks no more", ["restart", "--parallel", "2"], false, ["--parallel", "2", "--yes", "--resume", ID]],
    ["says yes once", ["restart", "-y"], false, ["-y", "--resume", ID]],
    ["has JSON only when it is asked for now", ["stop", "--json", "--yes"], false, ["--yes", "--resume", ID]],
    ["has JSON when it is asked for now", ["stop", "--yes"], true, ["--yes", "--resume", ID, "--json"]],
    [
      "gives what a cleanup has to type",
      ["cleanup", "--data"],
      false,
      ["--data", "--confirm", "prod", "--resume", ID],
    ],
    ["gives it once", ["cleanup", "--confirm=prod"], false, ["--confirm=prod", "--resume", ID]],
    ["has no question to answer for a start", ["start"], false, ["--resume", ID]],
    ["keeps a release", ["rollback", "1.4.2"], false, ["1.4.2", "--yes", "--resume", ID]],
    ["is that of the first part", ["deploy", "--yes", "--resume", "r-1"], false, ["--yes", "--resume", ID]],
  ])("%s", (_, argv, json, expected) => {
    const verb = argv[0] as string
    expect(resumeArgv({ verb, argv, cluster: "prod" }, ID, json)).toEqual({ verb, argv: expected })
  })

  test.each<[string, string, readonly string[]]>([
    ["another command", "rpc", ["rpc", "--all"]],
    ["a server", "agent", ["agent", "serve"]],
    ["a verb that is not the one that was noted", "restart", ["cleanup", "--data"]],
    ["nothing", "restart", []],
  ])("is never that of %s", (_, verb, argv) => {
    expect(() => resumeArgv({ verb, argv, cluster: "prod" }, ID, false)).toThrow("names no verb")
  })

  test("is not known where a secret stood in it", () => {
    const recorded = { verb: "restart", argv: ["restart", "--task", "[secret].0"], cluster: "prod" }
    expect(() => resumeArgv(recorded, ID, false)).toThrow(
      expect.objectContaining({ code: "SECRET_IN_COMMAND", exitCode: 7 }),
    )
  })
})
