import type { DeployEvent, FollowDeploy } from '../contracts/index.ts'
import { formatModelVersion } from '../contracts/index.ts'
import type { Span, Tracer } from './tracer.ts'

type StepEvent = Extract<DeployEvent, { type: 'step' }>
type EndedStep = Exclude<StepEvent, { state: 'started' }>

/**
 * Makes a trace of each deploy and rollback, with a span for each gate and step. What they say stays out of it, since that may quote
 * texts: of the errors it has the codes.
 */
export function traceDeploys(tracer: () => Tracer | undefined): FollowDeploy {
  return ({ action, model, version, by }) => {
    const trace = tracer()?.begin(`${action} ${model}`, {
      'changeover.action': action,
      'changeover.model': model,
      'changeover.version': formatModelVersion({ model, version }),
      ...(by === undefined ? {} : { 'changeover.by': by }),
    })
    if (trace === undefined) return () => undefined
    const steps = new Map<string, Span>()
    return (event) => {
      switch (event.type) {
        case 'start':
          if (event.from !== null) trace.set({ 'changeover.from': event.from })
          break
        case 'step':
          if (event.state === 'started') steps.set(event.step, trace.begin(event.step))
          else {
            endStep(
              steps.get(event.step) ?? trace.begin(event.step, {}, performance.now() - event.durationMs),
              event,
            )
            steps.delete(event.step)
          }
          break
        case 'end':
          for (const step of steps.values()) step.end()
          if (!event.ok) trace.fail(event.error.code)
          trace.end()
          break
        case 'receipt':
          break
      }
    }
  }
}

function endStep(span: Span, { state, gate, bake }: EndedStep): void {
  if (gate !== undefined) span.set({ 'changeover.outcome': gate.outcome })
  for (const { check, outcome } of bake?.checks ?? []) span.set({ [`changeover.bake.${check}`]: outcome })
  if (state === 'failed') span.fail('failed')
  span.end()
}
