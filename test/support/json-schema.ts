type Schema = Readonly<Record<string, any>>

/**
 * What is wrong with a value by a JSON Schema, each with its path; of draft-07 what a schema of cluster files uses. Throws for any other
 * keyword, so that none goes by unheard.
 */
export function schemaErrors(value: unknown, schema: Schema, root: Schema = schema, path = ""): string[] {
  return Object.entries(schema).flatMap(([keyword, wanted]): string[] => {
    const check = KEYWORDS[keyword]
    if (check === undefined) throw new Error(`the test knows no keyword ${keyword}`)
    const below = (inner: unknown, within: Schema, step = "") =>
      schemaErrors(inner, within, root, path + step)
    return check(value, wanted, { schema, root, below }).map(error =>
      error.startsWith("/") ? error : `/${path}: ${error}`,
    )
  })
}

interface Context {
  readonly schema: Schema
  readonly root: Schema
  readonly below: (value: unknown, schema: Schema, step?: string) => string[]
}

type Check = (value: any, wanted: any, context: Context) => string[]

const nothing: Check = () => []
const unless = (fine: boolean, error: string) => (fine ? [] : [error])

const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: nothing,
  $id: nothing,
  title: nothing,
  description: nothing,
  definitions: nothing,
  $ref: (value, ref, { root, below }) =>
    below(
      value,
      ref
        .split("/")
        .slice(1)
        .reduce((at: Schema, key: string) => at[key], root),
    ),
  type: (value, wanted) =>
    unless(
      [wanted].flat().some(type => isOf(type, value)),
      `is not ${wanted}`,
    ),
  const: (value, wanted) => unless(value === wanted, `is not ${wanted}`),
  enum: (value, wanted) => unless(wanted.includes(value), `is none of ${wanted}`),
  pattern: (value, wanted) =>
    unless(typeof value !== "string" || new RegExp(wanted, "u").test(value), `is not like ${wanted}`),
  minLength: (value, wanted) => unless(typeof value !== "string" || value.length >= wanted, "is too short"),
  minimum: (value, wanted) => unless(typeof value !== "number" || value >= wanted, `is below ${wanted}`),
  maximum: (value, wanted) => unless(typeof value !== "number" || value <= wanted, `is above ${wanted}`),
  minItems: (value, wanted) => unless(!Array.isArray(value) || value.length >= wanted, "has too few items"),
  required: (value, wanted) =>
    isOf("object", value)
      ? wanted.filter((key: string) => !(key in value)).map((key: string) => `lacks ${key}`)
      : [],
  properties: (value, wanted, { below }) =>
    isOf("object", value)
      ? Object.entries<Schema>(wanted).flatMap(([key, within]) =>
          key in value ? below(value[key], within, `.${key}`) : [],
        )
      : [],
  additionalProperties: (value, wanted, { schema, below }) =>
    isOf("object", value)
      ? Object.keys(value)
          .filter(key => !(key in (schema.properties ?? {})))
          .flatMap(key => (wanted === false ? [`takes no ${key}`] : below(value[key], wanted, `.${key}`)))
      : [],
  items: (value, wanted, { below }) =>
    Array.isArray(value) ? value.flatMap((item, i) => below(item, wanted, `[${i}]`)) : [],
  anyOf: (value, wanted, { below }) => {
    const found = wanted.map((within: Schema) => below(value, within))
    return found.some((errors: string[]) => errors.length === 0)
      ? []
      : [`is of no form: ${found.join(" | ")}`]
  },
}

function isOf(type: string, value: unknown): boolean {
  if (type === "null") return value === null
  if (type === "array") return Array.isArray(value)
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value)
  if (type === "integer") return Number.isInteger(value)
  return typeof value === type
}
