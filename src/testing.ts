/** What a test of a service imports from `changeover/testing`; no process of a stack loads it. */
export type {
  TestedService,
  TestModel,
  TestModelFile,
  TestModels,
  TestRequest,
} from './test-service/index.ts'
export { testService } from './test-service/index.ts'
