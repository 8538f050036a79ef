import { stripVTControlCharacters } from "node:util"
import { eastAsianWidth } from "get-east-asian-width"

/**
 * Columns that a text takes on a terminal: none for its colours, control characters and accents, two for an emoji or a wide letter.
 * The package string-width says the same, but takes 25 ms to load, for what nearly no text has.
 */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  const bare = stripVTControlCharacters(text)
  if (ASCII.test(bare)) return bare.length
  segmenter ??= new Intl.Segmenter()
  return Array.from(segmenter.segment(bare)).reduce((sum, { segment }) => sum + clusterWidth(segment), 0)
}

const ASCII = /^[ -~]*$/
let segmenter: Intl.Segmenter | undefined

function clusterWidth(cluster: string): number {
  const first = VISIBLE.exec(cluster)?.[0].codePointAt(0)
  if (first === undefined) return 0
  return EMOJI.test(cluster) ? 2 : eastAsianWidth(first)
}

const VISIBLE =
  /[^\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}]/u
// Shown as a picture by itself, or because a selector, a sign for keycaps or a second one of a pair asks for it.
const EMOJI = /\p{Emoji_Presentation}|\p{Emoji}[\uFE0F\u20E3]|\p{Extended_Pictographic}.*\u200D/u
