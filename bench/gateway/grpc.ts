import { fileURLToPath } from 'node:url'

import type { ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

import { median, sum } from '../../harness/statistics.ts'
import { say } from '../tutorial/report.ts'
import type { LoopFigures } from './closed-loops.ts'
import { askInLoops, openGrpc, openHttp } from './closed-loops.ts'

const settings = { loops: 32, rounds: 5, roundSeconds: 2, warmSeconds: 1 } as const

const protos = fileURLToPath(new URL('../../assets/grpc/', import.meta.url))

type Round = { readonly rest: LoopFigures; readonly grpc: LoopFigures }

export type GrpcLoad = {
  readonly url: string
  /** `host:port` of the same gateway. */
  readonly grpcAddress: string
  readonly body: string
  readonly text: string
  readonly signal: AbortSignal
}

/** The same inference over gRPC and over REST, both asked for by Node's own clients from this process. */
export async function measureGrpc(load: GrpcLoad) {
  const rest = openHttp(load.url, load.body)
  const grpc = openGrpc(load.grpcAddress, inferMethod().path, encodeInfer(load.text))
  try {
    const rounds = await measureInTurns({ rest, grpc }, load.signal)
    const ratio = (round: Round): number => round.grpc.requestsPerSecond / round.rest.requestsPerSecond
    return {
      figures: {
        grpc_over_rest: median(rounds.map(ratio)),
        rps_grpc: median(rounds.map((round) => round.grpc.requestsPerSecond)),
        rps_rest: median(rounds.map((round) => round.rest.requestsPerSecond)),
        grpc_failed: sum(rounds.flatMap((round) => [round.grpc.failed, round.rest.failed])),
      },
      raw: { settings, rounds },
    }
  } finally {
    rest.close()
    grpc.close()
  }
}

type Client = ReturnType<typeof openHttp>

async function measureInTurns(
  clients: { readonly rest: Client; readonly grpc: Client },
  signal: AbortSignal,
): Promise<Round[]> {
  const { loops, roundSeconds, warmSeconds } = settings
  const expected = { rest: await learn(clients.rest), grpc: await learn(clients.grpc) }
  const load = (name: keyof Round, seconds: number): Promise<LoopFigures> =>
    askInLoops({ ask: clients[name].ask, expected: expected[name], loops, seconds, signal })
  await load('rest', warmSeconds)
  await load('grpc', warmSeconds)
  const rounds: Round[] = []
  while (rounds.length < settings.rounds) {
    say(`gRPC: round ${rounds.length + 1} of ${settings.rounds}`)
    rounds.push({ rest: await load('rest', roundSeconds), grpc: await load('grpc', roundSeconds) })
  }
  return rounds
}

/** The answer that all others are compared with. Throws if it has no label. */
async function learn({ ask }: Client): Promise<Buffer> {
  const answer = await ask()
  if (answer?.includes('__label__') !== true) throw new Error('an inference is answered without a label')
  return answer
}

function inferMethod(): ServiceDefinition[string] {
  const definitions = loadSync('inference.proto', { includeDirs: [protos], keepCase: true })
  const service = definitions['inference.GRPCInferenceService'] as ServiceDefinition
  return service['ModelInfer'] as ServiceDefinition[string]
}

function encodeInfer(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return inferMethod().requestSerialize({
    model_name: 'name_question',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [1] }],
    raw_input_contents: [Buffer.concat([length, bytes])],
  })
}

export function formatGrpc(f: Awaited<ReturnType<typeof measureGrpc>>['figures']): string {
  return `one text from Node: REST ${f.rps_rest.toFixed(0)}/s, gRPC ${f.rps_grpc.toFixed(0)}/s, ratio ${f.grpc_over_rest.toFixed(3)}`
}
