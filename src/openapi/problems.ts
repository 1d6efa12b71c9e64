/** What errors mean, by their status. */
export const problemTitles: Readonly<Record<number, string>> = {
  400: 'The request is not what the route takes: its body is not JSON or does not fit, or a parameter does not.',
  403: 'It is not allowed here.',
  404: 'Nothing is served at this path, or no version of a model that it asks.',
  409: 'It does not go with what is under way, such as a rollout.',
  413: 'The body is larger than the server takes.',
  415: 'The body is encoded in a way that the server does not read, or is a form or XML.',
  422: 'A version did not pass: its file, its self-test or a gate.',
  500: 'The service failed; its log has the error.',
  502: 'It is not known whether the request was carried out, and it may not be sent again.',
  503: 'Nothing can answer now. The header retry-after says when to try again.',
  504: 'It took too long.',
}

/** Problem details, as RFC 9457 has them. */
export const problemSchema = {
  $id: 'ProblemDetails',
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: {
      type: 'string',
      description:
        'urn:changeover:error: and a code to match on, or about:blank for an error of the service’s own.',
    },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What failed, why, and what to do, for people.' },
    error: {
      type: 'string',
      description: 'The same, for clients of other servers; not in errors of the service’s own.',
    },
  },
} as const
