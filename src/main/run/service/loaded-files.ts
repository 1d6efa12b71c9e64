import { createRequire, register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

const ownFolder = fileURLToPath(new URL('../../..', import.meta.url))

/** Node runs this in a thread of its own; it reports each module that Node itself loads. */
const hooks = `let port
export const initialize = (given) => { port = given }
export const load = (url, context, next) => { port.postMessage(url); return next(url, context) }`

/** Files of the user's own: not of packages, and not of this one. */
export function isOwnCode(file: string): boolean {
  return file.startsWith('/') && !file.includes('/node_modules/') && !file.startsWith(ownFolder)
}

/** Begins to note which files are loaded as code, by jiti or by Node; returns what lists those of the user's own. */
export function noteLoadedFiles(): () => readonly string[] {
  const { port1, port2 } = new MessageChannel()
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: port2, transferList: [port2] })
  port1.unref()
  const imported = new Set<string>()
  return () => {
    for (;;) {
      const received = receiveMessageOnPort(port1) as { readonly message: string } | undefined
      if (received === undefined) break
      if (received.message.startsWith('file:'))
        imported.add(fileURLToPath(received.message.replace(/[?#].*/, '')))
    }
    // jiti keeps its modules where `require` does.
    const required = Object.keys(createRequire(import.meta.url).cache)
    return [...new Set([...required, ...imported])].filter(isOwnCode)
  }
}
