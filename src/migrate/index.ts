/** Reads an existing stack of nginx, gunicorn and supervisord, and proposes a configuration that does the same. */
export { formatProposal } from './format-proposal.ts'
export { reaches } from './nginx/addresses.ts'
export { readNginx } from './nginx/read-nginx.ts'
export { propose } from './propose.ts'
export type { ClosedFile, FindFiles, SourceFile } from './source-file.ts'
export { readSupervisor } from './supervisord/read-supervisord.ts'
