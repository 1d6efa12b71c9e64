import Type from '#typebox'

import { pathString } from './path.ts'
import { Tls } from './tls.ts'

const Tokens = Type.Object(
  {
    look: Type.Optional(
      pathString({ description: 'The file of the tokens that may see everything and change nothing.' }),
    ),
    change: Type.Optional(
      pathString({ description: 'The file of the tokens that may also deploy, roll back, reload and stop.' }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
)

/** The control API on TCP, beside the Unix socket that is always there. */
export const Control = Type.Object(
  {
    bind: Type.String({
      description: 'host:port of the control API and its page; the host is an IP address or localhost.',
    }),
    tokens: Tokens,
    tls: Type.Optional(Tls),
    insecure: Type.Boolean({
      default: false,
      description:
        'Allows an address that other machines reach without TLS, so that whoever is on the way reads the tokens.',
    }),
  },
  { additionalProperties: false },
)
