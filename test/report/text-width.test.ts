import stringWidth from "string-width"
import { expect, test } from "vitest"
import { textWidth } from "../../src/report/text-width.js"

test.each([
  ["", 0],
  ["web-01  RUNNING", 15],
  ["\u001b[31mweb-01\u001b[39m", 6],
  ["\u001b[31m北京\u001b[39m", 4],
  ["北京-01", 7],
  ["ｱ", 1],
  ["São Paulo", 9],
  ["Sa\u0303o", 3],
  ["Zürich\u200b", 6],
  ["서울", 4],
  ["한", 2],
  ["Москва", 6],
  ["✔ ✖ →", 5],
  ["✅ done", 7],
  ["❤️", 2],
  ["🇩🇪", 2],
  ["👩‍👩‍👧", 2],
  ["👍🏽", 2],
  ["1️⃣", 2],
  ["a\tb\u0007", 2],
])("%j takes %i columns, as string-width has it", (text, width) => {
  expect([textWidth(text), stringWidth(text)]).toEqual([width, width])
})
