// A fleet in a process of its own, for whoever forked it: `{port}` when it listens, `{counters}` for each "reset".
import { startFleet } from "./fleet.js"

const fleet = await startFleet(JSON.parse(process.argv[2] ?? "{}"))
process.on("message", () => {
  process.send?.({ counters: fleet.counters() })
  fleet.reset()
})
process.on("disconnect", () => process.exit())
process.send?.({ port: fleet.port })
