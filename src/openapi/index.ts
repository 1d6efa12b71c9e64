/** The OpenAPI document: what operations are, and how they are written. */
export { admits } from './admits.ts'
export type { DocumentedAnswer, Operation, Parameter, Schema } from './operation.ts'
export { problemSchema, problemTitles } from './problems.ts'
export { type PathTemplate, toTemplates } from './route-path.ts'
export { writeOpenApi } from './write-openapi.ts'
