import { expect, test } from 'vitest'

import type { Config } from '../../config/schema/index.ts'
import type { StackStatus } from '../../contracts/index.ts'
import { suggestNext } from './suggest-next.ts'

/** The line that sends a text to a model with one self-test. */
function sendText(address: string, text: string): string | undefined {
  const config = { models: { m: { selfTest: [{ text, label: '__label__a' }] } } } as unknown as Config
  const status = {
    gateway: { address },
    instances: [],
    models: [{ model: 'm', active: '1', previous: null, sinceMs: 0 }],
  } as unknown as StackStatus
  return /^ {2}send a text +(.*)$/m.exec(suggestNext('/srv/changeover.yaml', config, status))?.[1]
}

test.each([
  [
    'http://0.0.0.0:8086',
    '您贵姓',
    `curl http://127.0.0.1:8086/v1/models/m:predict -d '{"instances":["您贵姓"]}'`,
  ],
  [
    'http://[::]:8086',
    "it's",
    `curl 'http://[::1]:8086/v1/models/m:predict' -d '{"instances":["it'"'"'s"]}'`,
  ],
  [
    'http://10.0.0.1:80',
    '$(id)`',
    `curl http://10.0.0.1:80/v1/models/m:predict -d '{"instances":["$(id)\`"]}'`,
  ],
  [
    'unix:/run/a b.sock',
    'a',
    `curl --unix-socket '/run/a b.sock' http://localhost/v1/models/m:predict -d '{"instances":["a"]}'`,
  ],
])('the request to %s with %s is a line of sh', (address, text, line) => {
  expect(sendText(address, text)).toBe(line)
})
