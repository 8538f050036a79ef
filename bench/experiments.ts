import type { Experiment } from "./bench.js"
import { badDay } from "./rows/bad-day.js"
import { decoding } from "./rows/decoding.js"
import { names } from "./rows/names.js"
import { restart } from "./rows/restart.js"
import { serving } from "./rows/serving.js"
import { startUp } from "./rows/start-up.js"
import { fewDescriptors, largeAnswers, manyFlat, manyRegions, thousand } from "./rows/status.js"
import { oneHost, realFleet } from "./rows/supervisords.js"
import { unpacking } from "./rows/unpacking.js"

/** All of them, in the order of the table. */
export const EXPERIMENTS: readonly Experiment[] = [
  startUp,
  oneHost,
  thousand,
  manyFlat,
  manyRegions,
  realFleet,
  badDay,
  largeAnswers,
  restart,
  decoding,
  fewDescriptors,
  names,
  serving,
  unpacking,
]
