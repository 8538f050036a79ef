// Unpacks as an agent does and prints the seconds that it took.
//   unpack.js ARCHIVE TARGET
import { unpackPackage } from "../../src/packages/unpack.js"

const [archive = "", target = ""] = process.argv.slice(2)
const start = performance.now()
await unpackPackage(archive, target)
process.stdout.write(String((performance.now() - start) / 1_000))
