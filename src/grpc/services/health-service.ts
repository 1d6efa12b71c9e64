import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'

/** The services whose health can be asked; the empty name is for all of them. */
const names = ['', 'inference.GRPCInferenceService', 'inference.model_repository.ModelRepositoryService']

type Add = (service: ServiceDefinition, implementation: UntypedServiceImplementation) => void

/** `grpc.health.v1.Health`: serving while any worker can answer and no stop is announced. */
export class HealthService {
  readonly #isReady: () => boolean
  readonly #health = new HealthImplementation()
  #wasReady: boolean | undefined

  constructor(isReady: () => boolean) {
    this.#isReady = isReady
    this.update()
  }

  /** Tells those who watch if it has changed; to be called regularly. */
  update(): void {
    const isReady = this.#isReady()
    if (isReady === this.#wasReady) return
    this.#wasReady = isReady
    for (const name of names) this.#health.setStatus(name, isReady ? 'SERVING' : 'NOT_SERVING')
  }

  addTo(add: Add): void {
    const before = (implementation: UntypedServiceImplementation): UntypedServiceImplementation =>
      Object.fromEntries(
        Object.entries(implementation).map(([name, handle]) => [
          name,
          (...args: Parameters<typeof handle>) => {
            this.update()
            ;(handle as (...all: typeof args) => void)(...args)
          },
        ]),
      )
    // The library's types are of another copy of its dependency.
    const server = {
      addService: (service: ServiceDefinition, implementation: UntypedServiceImplementation) =>
        add(service, before(implementation)),
    }
    this.#health.addToServer(server)
  }
}
