import { describe, test } from "vitest"
import { startTask } from "../../src/run/change-task.js"
import { expectOutcome, type Row } from "./one-task.js"

describe("startTask", () => {
  test.each<Row>([
    ["starts what is STOPPED", {}, {}, "changed RUNNING, pid 101", ["start"]],
    ["tries what is FATAL again", { state: "FATAL" }, {}, "changed RUNNING, pid 101", ["start"]],
    ["leaves alone what is RUNNING", { state: "RUNNING" }, {}, "unchanged RUNNING already", []],
    ["waits for what is STARTING", { state: "STARTING" }, {}, "changed RUNNING, pid 100 (was 100)", []],
    ["waits for what is in BACKOFF", { state: "BACKOFF" }, {}, "changed RUNNING, pid 101", []],
    [
      "waits for the end of what is STOPPING, which a start would not start",
      { state: "STOPPING", stopTakes: 3_000 },
      {},
      "changed RUNNING, pid 101 (was 100)",
      ["start"],
    ],
    [
      "fails with what never stays up",
      { lives: [200] },
      {},
      "failed the program does not stay up: FATAL",
      ["start"],
    ],
    [
      "does not take a fault 50 for the end when the supervisor succeeds later",
      { lives: [200, 200, 100_000] },
      {},
      "changed RUNNING, pid 103",
      ["start"],
    ],
    [
      "fails with what is RUNNING for a moment",
      { lives: [1_500], exitCode: 7 },
      {},
      "failed the program ended and is not restarted: EXITED",
      ["start"],
    ],
    [
      "fails with what is restarted again and again",
      { lives: [1_500], autorestart: true },
      {},
      "failed the program ends and is restarted again and again",
      ["start"],
    ],
    [
      "says why a start was refused",
      { lives: [{ fault: 20 }] },
      {},
      "failed start was refused: FAULT_20",
      ["start"],
    ],
    [
      "takes ALREADY_STARTED for a reason to look at the state",
      { lives: [100_000] },
      { start: [{ fault: 60 }] },
      "failed the program ended and is not restarted: STOPPED",
      [],
    ],
    [
      "believes what it reads when the answer to a start is lost",
      {},
      { start: ["lost"] },
      "changed RUNNING, pid 101",
      ["start"],
    ],
    [
      "believes what it reads when the answer hangs",
      {},
      { start: ["hang"] },
      "changed RUNNING, pid 101",
      ["start"],
    ],
    [
      "never sends a start again, because the lost one may have arrived",
      {},
      { start: ["dropped", "ok"] },
      "failed the program ended and is not restarted: STOPPED",
      [],
    ],
    [
      "knows that nothing happened when the connection was refused",
      {},
      { start: ["refused"] },
      "unreachable refused",
      [],
    ],
    [
      "knows that nothing happened when the password was refused",
      {},
      { start: ["unauthorized"] },
      "unreachable unauthorized",
      [],
    ],
    [
      "does not know what happened when the host is silent after a start",
      {},
      { process: ["refused"] },
      "unreachable refused (unknown)",
      ["start"],
    ],
    [
      "does not know what happened when a spawn error is the last that is heard",
      {},
      { start: [{ fault: 50 }], process: ["refused"] },
      "unreachable refused (unknown)",
      [],
    ],
    [
      "bears reads that fail or hang in between",
      {},
      { process: ["refused", "ok", "hang", "refused", "ok"] },
      "changed RUNNING, pid 101",
      ["start"],
    ],
  ])("%s", (_, program, trouble, outcome, changes) =>
    expectOutcome(startTask, program, trouble, outcome, changes),
  )
})
