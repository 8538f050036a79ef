import * as z from "zod"
import { clusterSchema } from "./schema.js"

/** A JSON Schema, as far as zod writes one of a cluster file. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly [key: string]: unknown
}

/**
 * The cluster file for editors, JSON Schema draft-07. It is wider than `minos check`, so that nothing right is underlined: a file that
 * others extend, or that extends one, may lack any key and take one away with null, and a template may stand where it makes a value.
 */
export function clusterJsonSchema(): JsonSchema {
  const {
    $schema,
    properties = {},
    ...rest
  } = z.toJSONSchema(clusterSchema, { target: "draft-7" }) as JsonSchema
  return {
    $schema,
    $id: "urn:minos:cluster-file",
    title: "A cluster file of minos",
    description: "Which keys a file cannot do without depends on what it extends: minos check says so.",
    ...withoutRequired(rest),
    properties: { ...each(properties, "map"), ...identity(properties) },
    definitions: {
      template: {
        type: "string",
        pattern: "\\{\\{|\\{%",
        description: "a template that makes the value, such as {{ vars.port }}",
      },
    },
  }
}

// What variables refer to holds none, and no file takes it away.
function identity({ service = {}, cluster = {} }: Readonly<Record<string, JsonSchema>>) {
  return { service, cluster }
}

const TEMPLATE: JsonSchema = { $ref: "#/definitions/template" }

function each(properties: Readonly<Record<string, JsonSchema>>, parent: Parent): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, widened(schema, parent)]))
}

// Lists are replaced whole by a file that extends another, so in their items nothing can be missing or taken away.
type Parent = "map" | "list"

function widened({ description, ...schema }: JsonSchema, parent: Parent): JsonSchema {
  const forms = formsOf(schema)
  const wide = forms.map(form => inside(form, parent))
  if (forms.some(isMade) && !forms.some(isFree)) wide.push(TEMPLATE)
  if (parent === "map" && !forms.some(isAnything)) wide.push({ type: "null" })
  return { ...(description !== undefined && { description }), ...joined(wide) }
}

function formsOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(formsOf)
}

function inside(form: JsonSchema, parent: Parent): JsonSchema {
  const { properties, additionalProperties, items, propertyNames, ...rest } = form
  return {
    ...(parent === "map" ? withoutRequired(rest) : rest),
    ...(properties !== undefined && { properties: each(properties, parent) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === "object"
          ? widened(additionalProperties, parent)
          : additionalProperties,
    }),
    ...(items !== undefined && { items: widened(items, "list") }),
  }
}

function withoutRequired({ required, ...schema }: JsonSchema): JsonSchema {
  return schema
}

// The short form where there is one, which editors show better.
function joined(forms: readonly JsonSchema[]): JsonSchema {
  const [first = {}, second] = forms
  if (second === undefined) return first
  if (forms.length === 2 && second.type === "null" && typeof first.type === "string" && !("enum" in first)) {
    return { ...first, type: [first.type, "null"] }
  }
  return { anyOf: forms }
}

/** A value that a template may make: a number, true or false, or text of a certain form. */
function isMade(form: JsonSchema): boolean {
  const exact = "enum" in form || "const" in form || "pattern" in form || "allOf" in form
  return exact || ["number", "integer", "boolean"].includes(String(form.type))
}

/** Any text, templates included. */
function isFree(form: JsonSchema): boolean {
  return form.type === "string" && !isMade(form)
}

function isAnything(form: JsonSchema): boolean {
  return Object.keys(form).length === 0
}
