import { describe, test } from "vitest"
import { stopTask } from "../../src/run/change-task.js"
import { expectOutcome, type Row } from "./one-task.js"

describe("stopTask", () => {
  test.each<Row>([
    ["stops what is RUNNING", { state: "RUNNING" }, {}, "changed STOPPED", ["stop"]],
    ["stops what is STARTING", { state: "STARTING" }, {}, "changed STOPPED", ["stop"]],
    ["stops what is in BACKOFF", { state: "BACKOFF" }, {}, "changed STOPPED", ["stop"]],
    [
      "waits for the end of what is STOPPING",
      { state: "STOPPING", stopTakes: 3_000 },
      {},
      "changed STOPPED",
      [],
    ],
    ["leaves alone what is STOPPED", { state: "STOPPED" }, {}, "unchanged STOPPED already", []],
    ["leaves alone what has EXITED", { state: "EXITED" }, {}, "unchanged EXITED already", []],
    [
      "waits for what ignores its signal",
      { state: "RUNNING", stopTakes: 10_000 },
      {},
      "changed STOPPED",
      ["stop"],
    ],
    [
      "fails with what never ends",
      { state: "RUNNING", stopTakes: Number.POSITIVE_INFINITY },
      {},
      "failed not as wanted after 20 s: still STOPPING",
      ["stop"],
    ],
    [
      "believes what it reads when the answer is lost",
      { state: "RUNNING" },
      { stop: ["lost"] },
      "changed STOPPED",
      ["stop"],
    ],
    [
      "sends a stop once more when it was seen to have done nothing",
      { state: "RUNNING" },
      { stop: ["dropped", "ok"] },
      "changed STOPPED",
      ["stop"],
    ],
    [
      "fails when a stop was lost on its way twice",
      { state: "RUNNING" },
      { stop: ["dropped"] },
      "failed the stop did nothing: its answer was lost twice, and the process is as before",
      [],
    ],
    [
      "takes NOT_RUNNING for success when a lost stop arrives after all",
      { state: "RUNNING", stopTakes: 3_000 },
      { stop: [{ late: 7_000 }, { late: 9_000 }] },
      "changed STOPPED",
      ["stop"],
    ],
    [
      "sends a stop once more to what ends and is started again and again",
      { state: "BACKOFF", lives: [100] },
      { stop: ["dropped", "ok"] },
      "changed STOPPED",
      ["stop"],
    ],
    [
      "takes NOT_RUNNING for a reason to look at the state",
      { state: "RUNNING" },
      { stop: [{ fault: 70 }] },
      "failed not as wanted after 20 s: still RUNNING",
      [],
    ],
    [
      "stops what had ended by itself right before a stop and is back",
      { state: "RUNNING" },
      { stop: [{ fault: 70 }, { fault: 70 }, "ok"] },
      "changed STOPPED",
      ["stop"],
    ],
    [
      "says why a stop was refused",
      { state: "RUNNING" },
      { stop: [{ fault: 6 }] },
      "failed stop was refused: FAULT_6",
      [],
    ],
    [
      "knows that nothing happened when the connection was refused",
      { state: "RUNNING" },
      { stop: ["refused"] },
      "unreachable refused",
      [],
    ],
    [
      "does not know what happened when the host is silent after a stop",
      { state: "RUNNING" },
      { process: ["refused"] },
      "unreachable refused (unknown)",
      ["stop"],
    ],
  ])("%s", (_, program, trouble, outcome, changes) =>
    expectOutcome(stopTask, program, trouble, outcome, changes),
  )
})
