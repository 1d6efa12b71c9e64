/** Runs a service in a test: its routes over models of the test’s choice, without a server, ports or processes. */
export type { TestRequest } from './messages.ts'
export type { TestModel, TestModelFile } from './open-test-model.ts'
export type { TestedService, TestModels } from './test-service.ts'
export { testService } from './test-service.ts'
