import { createClient } from 'changeover/client'

import type service from './service.ts'

/** Asks the running stack, or the one at the URL on the command line. */
const client = createClient<typeof service>(process.argv[2] ?? 'http://127.0.0.1:8086')
const { body, versions } = await client.routes.predict('/v1/is_name_question/', {
  body: { text: [['您贵姓', 5]] },
})
console.log(body, versions)
