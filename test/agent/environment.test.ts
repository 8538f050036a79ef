import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { Secret } from "../../src/model/secret.js"
import { until } from "../support/until.js"
import { BACKENDS, bench, releaseOf } from "./support.js"

const SAYS = `env -0 >"$MINOS_DATA_DIR/env.new" && mv "$MINOS_DATA_DIR/env.new" "$MINOS_DATA_DIR/env"
exec sleep 1000
`
const ODD: Readonly<Record<string, string>> = {
  QUOTES: `it's "quoted" \\"twice\\" ''`,
  LINES: "one\ntwo\r\n\n",
  PERCENT: "%(here)s %% 100% %(ENV_HOME)s",
  DOLLAR: "$HOME ${HOME} $(id) $$",
  BACKTICKS: "`id` \\`id\\`",
  SPACES: "  both ends  ",
  TAB: "\ta\t",
  COMMENT: " ;x #y",
  EMPTY: "",
  BELL: "\u0007\u001b[1m\u007f",
  BEYOND: "é 日本 🎉",
  BACKSLASH: "\\n\\",
}
/** Together more than a MiB, each just below what Linux allows a value. */
const LARGE = Object.fromEntries(
  Array.from({ length: 9 }, (_, n) => [`LARGE_${n}`, String(n).repeat(120 * 1024)]),
)

test.each(BACKENDS)("values reach the program as they are, however odd and large, %s", async kind => {
  const all = await bench(kind)
  const env = {
    ...ODD,
    ...LARGE,
    MIXED: ["<", new Secret("env:X", "s'e$c\n"), { folder: "data" }, ">"],
  } as const
  const made = releaseOf(await all.upload("1", SAYS), "1", { env })
  expect(await all.deploy(made)).toMatchObject({ state: "done" })
  const data = join(all.root, "tasks/shop/test/web/0/data")
  const text = await until("it has said so", () => readFile(join(data, "env"), "utf8").catch(() => undefined))
  const got = Object.fromEntries(
    text.split("\0").map(line => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  )
  expect(Object.fromEntries(Object.keys(ODD).map(name => [name, got[name]]))).toEqual(ODD)
  for (const [name, value] of Object.entries(LARGE)) expect([name, got[name] === value]).toEqual([name, true])
  expect(got.MIXED).toBe(`<s'e$c\n${data}>`)
})
