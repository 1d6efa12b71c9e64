import { createServer } from 'node:http'

/** Node's own server, doing what the constant service does and nothing else; its one argument is the port. */
createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1 })
    response.end('5')
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
