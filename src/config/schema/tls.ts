import type { Static } from '#typebox'
import Type from '#typebox'

import { pathString } from './path.ts'

/** The files of TLS on a port. */
export const Tls = Type.Object(
  {
    certificate: pathString({
      description: 'The certificate in PEM, followed by those that lead to its authority.',
    }),
    key: pathString({ description: 'The private key of the certificate in PEM, without a password.' }),
    clientCa: Type.Optional(
      pathString({
        description:
          'Certificates of authorities in PEM. If it is set, only clients whose certificate is signed by one of them are served.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Tls = Static<typeof Tls>
