import type { DrillModel } from '../../harness/models/choose-models.ts'
import { untilFound } from '../../harness/processes.ts'
import { startCourseStack } from '../../harness/stacks/course-stack.ts'
import type { Stack } from './stack.ts'

const lookTimeoutMs = 1_000

/** The course's stack as the benchmark builds it: gunicorn with one worker twice, nginx in front. */
export async function startCourse(model: DrillModel, folder: string, signal: AbortSignal): Promise<Stack> {
  const course = await startCourseStack({ folder, modelFile: model.files[0].file, signal })
  const findReady = async (): Promise<true | undefined> => {
    for (const { address, workers } of course.services())
      if (workers.length === 0 || !(await answers(address))) return undefined
    return true
  }
  return {
    name: 'course',
    address: { host: '127.0.0.1', port: Number(new URL(course.gateway).port) },
    answerTimeoutMs: undefined,
    namesVersions: false,
    workers: () =>
      Promise.resolve(
        course
          .services()
          .flatMap(({ workers }, index) =>
            workers.map((pid) => ({ instance: index === 0 ? 'primary' : 'backup', pid })),
          ),
      ),
    untilReady: async () => {
      await untilFound('a service of the course that answers', findReady, signal)
    },
    deploy: async ({ file }) => {
      await course.update(file)
    },
    stop: course.stop,
  }
}

async function answers(address: string): Promise<boolean> {
  const response = await fetch(address, { signal: AbortSignal.timeout(lookTimeoutMs) }).catch(() => undefined)
  return response?.ok === true
}
