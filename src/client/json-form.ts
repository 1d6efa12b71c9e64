/** What is left of a value that is sent as JSON: a date is a text, a function is gone. */
export type JsonForm<T> = unknown extends T
  ? unknown
  : T extends { toJSON: () => infer Sent }
    ? JsonForm<Sent>
    : T extends string | number | boolean | null
      ? T
      : T extends bigint | NotSent
        ? never
        : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
          ? Record<string, never>
          : T extends readonly unknown[]
            ? { [Index in keyof T]: JsonElement<T[Index]> }
            : T extends object
              ? JsonObject<T>
              : never

type NotSent = undefined | symbol | ((...parameters: never) => unknown)

/** In a list there is null for what cannot be sent. */
type JsonElement<T> = T extends NotSent ? null : JsonForm<T>

type JsonObject<T> = {
  [Key in keyof T as IsSent<Key, T[Key]> extends true ? Key : never]: JsonForm<Exclude<T[Key], NotSent>>
} & {
  [Key in keyof T as IsSent<Key, T[Key]> extends 'perhaps' ? Key : never]?: JsonForm<Exclude<T[Key], NotSent>>
} extends infer Both
  ? { [Key in keyof Both]: Both[Key] }
  : never

/** Whether a property is sent: always, perhaps, or never. */
type IsSent<Key, Value> = Key extends symbol
  ? false
  : unknown extends Value
    ? true
    : [Exclude<Value, NotSent>] extends [never]
      ? false
      : [Extract<Value, NotSent>] extends [never]
        ? true
        : 'perhaps'
