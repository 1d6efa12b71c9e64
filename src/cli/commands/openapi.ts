import type { Command } from 'commander'

import { loadConfig } from '../../config/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import { withConfig } from '../options/config-option.ts'
import { printLine } from '../output/output.ts'

/** Runs a service file, if there is one, to write the OpenAPI document for models of these names, as JSON text. */
export type LoadDocument = (servicePath: string | undefined, models: readonly string[]) => Promise<string>

export function addOpenApi(program: Command, loadDocument: LoadDocument): void {
  withConfig(program.command('openapi'))
    .description('print the OpenAPI document of the service; no stack needs to run')
    .addHelpText(
      'after',
      `
A running stack serves the same at /-/openapi.json, and a page on which you can try its routes at /-/docs.

Example:
  changeover openapi > openapi.json`,
    )
    .action(async (options: ConfigOption) => {
      const { config } = await loadConfig(options.config)
      const document = await loadDocument(config.service, Object.keys(config.models))
      printLine(JSON.stringify(JSON.parse(document), undefined, 2))
    })
}
