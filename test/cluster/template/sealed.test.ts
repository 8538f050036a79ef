import { describe, expect, test } from "vitest"
import { cutAtFolders, folderMark } from "../../../src/cluster/folder-marks.js"
import { plain, putIn } from "./put-in.js"

const SECRET = `\${env:PW}`

/** What a text gives where `x` is a folder or a secret; `items` have it too. */
function give(text: string, x: string) {
  const scope = { x, list: ["b", x], items: [{ name: "i", x }], map: { a: { x } } }
  return putIn(text, plain(scope) as Record<string, unknown>)
}

const STAND_INS = [
  ["a folder", folderMark("data"), "this works with the name of a folder, which only the agent knows"],
  ["a secret", SECRET, "this works with a secret, which is put in only afterwards"],
  ["a secret in a text", `a:${SECRET}@b`, "this works with a secret, which is put in only afterwards"],
] as const

describe.each(STAND_INS)("what only stands for another thing: %s", (_, x, message) => {
  test.each([
    "{{ x | upcase }}",
    "{{ x | size }}",
    "{{ x.size }}",
    "{{ x | slice: 0, 3 }}",
    "{{ x | url_encode }}",
    "{{ x | escape }}",
    "{{ x | quote }}",
    "{{ x | json }}",
    "{{ map | json }}",
    "{{ list | json }}",
    "{{ x | split: '-' | first }}",
    "{{ 'a' | replace: x, 'b' }}",
    "{{ x | append: '/b' | downcase }}",
    "{% capture y %}{{ x }}/y{% endcapture %}{{ y | strip }}",
    "{{ list | sort | join }}",
    "{{ items | sort: 'x' | map: 'name' | join }}",
    "{{ list | uniq | join }}",
    "{{ items | where: 'x', 'a' | size }}",
    "{{ items | where: 'name', x | size }}",
    "{{ items | has: 'x', 'a' }}",
    "{{ items | group_by: 'x' | size }}",
    "{{ items | map: x | join }}",
    "{{ map[x] }}",
    "{% if x == 'a' %}{% endif %}",
    "{% if 'a' != x %}{% endif %}",
    "{% if x < 'a' %}{% endif %}",
    "{% if x contains 'ab' %}{% endif %}",
    "{% if 'ab' contains x %}{% endif %}",
    "{% if list contains 'b' %}{% endif %}",
    "{% case x %}{% when 'a' %}{% endcase %}",
    "{% case 'a' %}{% when x %}{% endcase %}",
  ])("is refused in %s", text => {
    expect(give(text, x)).toMatchObject({ kind: "problem", code: "TEMPLATE_VALUE", message })
  })

  test.each<[string, readonly string[]]>([
    ["{{ x }}/a", [x, "/a"]],
    ["{{ x | append: '/a' | prepend: '/b' }}", ["/b", x, "/a"]],
    ["{{ '' | default: x }}", [x]],
    ["{{ x | default: 'a' }}", [x]],
    ["{{ list | reverse | concat: list | compact | join: ',' }}", [x, ",b,b,", x]],
    ["{{ 'a,b' | split: ',' | join: x }}", ["a", x, "b"]],
    ["{{ list | last }}{{ list | first }}{{ list.size }}", [x, "b2"]],
    ["{{ items | where: 'name', 'i' | map: 'x' | join }}", [x]],
    ["{{ map | values | map: 'x' | join }}", [x]],
    ["{% if x and x != nil %}{{ x }}{% endif %}", [x]],
    ["{% for i in list %}{{ i }}{% endfor %}", ["b", x]],
  ])("is put in whole in %s", (text, parts) => {
    expect(give(text, x)).toMatchObject({ kind: "text", text: parts.join("") })
  })
})

test("a folder is never cut", () => {
  const given = give("{{ list | join: '/' }}", folderMark("data", 1))
  expect(given.kind === "text" && cutAtFolders(given.text)).toEqual(["b/", { folder: "data", index: 1 }])
})
