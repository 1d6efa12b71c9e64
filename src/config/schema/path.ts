import type { TSchema, TString, TStringOptions } from '#typebox'
import Type from '#typebox'

/** A path to a file or folder, relative to the configuration file. */
export function pathString(options: TStringOptions): TString {
  return Type.String({ ...options, path: true })
}

/** Whether a schema is one of `pathString`. */
export function isPath(schema: TSchema): boolean {
  return (schema as { readonly path?: true }).path === true
}
