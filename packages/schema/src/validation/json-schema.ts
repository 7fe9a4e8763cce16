/**
 * A JSON Schema of draft 2020-12, as a value.
 *
 * Only the keywords that Tunesmith reads itself are listed; ajv sees all of them. Schemas made with typebox fit.
 */
export interface JSONSchema {
  readonly $id?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, JSONSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: boolean | JSONSchema | undefined;
  readonly items?: JSONSchema | readonly JSONSchema[] | boolean | undefined;
  readonly anyOf?: readonly JSONSchema[] | undefined;
  readonly oneOf?: readonly JSONSchema[] | undefined;
  readonly allOf?: readonly JSONSchema[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly exclusiveMinimum?: unknown;
  readonly exclusiveMaximum?: unknown;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly pattern?: string | RegExp | undefined;
}
