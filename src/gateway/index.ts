/** The front door: primary first, backup while the primary is paused or unhealthy. */
export { NginxGateway } from './nginx/nginx-gateway.ts'
export { stopNginx } from './nginx/nginx-process.ts'
export { Gateway } from './own/gateway.ts'
