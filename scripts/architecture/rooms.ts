/** A room: a folder with one purpose, and the rooms that it may import from. */
export type Room = {
  readonly purpose: string
  /** Rooms by their folder in `src`; `*` stands for all of them. */
  readonly imports: readonly string[]
  /** It does no I/O, reads no clock, and imports no module of Node's. */
  readonly isPure?: true
  /** It runs in a browser as it is built: it imports no module of Node's and no package, and of other rooms only types. */
  readonly isPortable?: true
}

/**
 * The rooms of `src`, from the ones that others build on to the ones that put everything together. This is the only list: the
 * check of the boundaries, the table and the picture in the docs are made from it.
 */
export const rooms: Readonly<Record<string, Room>> = {
  'config/schema': {
    purpose: 'the schema of the configuration: every option, its default and its limits',
    imports: [],
    isPure: true,
  },
  contracts: {
    purpose: 'what crosses a process or the network: messages, events, error codes',
    imports: ['config/schema'],
    isPure: true,
  },
  'engine/fasttext': {
    purpose: 'reads a model file, compiles it, predicts',
    imports: [],
    isPure: true,
  },
  'engine/tokenize': {
    purpose: 'splits text into tokens: jieba, white space, characters, Intl.Segmenter',
    imports: [],
    isPure: true,
  },
  metrics: {
    purpose: 'histograms, meters and totals that several kinds of process use',
    imports: ['contracts'],
    isPure: true,
  },
  'gates/judge': {
    purpose: 'the decisions of the gates, without I/O',
    imports: ['contracts', 'engine/fasttext'],
    isPure: true,
  },
  'rollout/machine': {
    purpose: 'a rollout as a state machine',
    imports: ['contracts'],
    isPure: true,
  },
  openapi: {
    purpose: 'writes the OpenAPI document: schemas, paths, answers',
    imports: [],
    isPure: true,
  },
  protocols: {
    purpose:
      'the protocols that clients of other servers speak: Open Inference Protocol, TensorFlow’s REST, `:explain`',
    imports: ['contracts', 'engine/fasttext', 'openapi'],
    isPure: true,
  },
  client: {
    purpose: 'a client of a service, for programs and pages: `changeover/client`',
    imports: ['contracts', 'engine/fasttext'],
    isPortable: true,
  },
  integrations: {
    purpose: 'writes and reads the files of nginx, gunicorn, supervisord and systemd',
    imports: ['config/schema', 'contracts'],
    isPure: true,
  },
  migrate: {
    purpose: 'what `adopt` reads of an existing stack, and the configuration that it proposes',
    imports: ['contracts', 'integrations'],
    isPure: true,
  },
  'run-folder': {
    purpose:
      'where the sockets are, who owns them, and listening on them; whether a process is still the same one',
    imports: ['contracts'],
  },
  systemd: {
    purpose: 'systemd’s protocols: notify, watchdog, sockets that are passed',
    imports: ['contracts'],
  },
  process: {
    purpose: 'how a process starts: its listening sockets, its task, its place',
    imports: ['contracts', 'run-folder', 'systemd'],
  },
  ipc: {
    purpose: 'frames on Unix sockets between processes; commands and their replies',
    imports: ['contracts', 'run-folder'],
  },
  http: {
    purpose: 'the HTTP/1.1 server of gateway and workers: requests, limits, draining',
    imports: ['contracts'],
  },
  tracing: {
    purpose: 'traces of requests and deploys, by OpenTelemetry, where they are configured',
    imports: ['config/schema', 'contracts'],
  },
  grpc: {
    purpose: 'the Open Inference Protocol over gRPC: each call becomes a request of the protocol over REST',
    imports: ['contracts', 'http'],
  },
  config: {
    purpose: 'loads the configuration; where the data is',
    imports: ['config/schema', 'contracts', 'run-folder'],
  },
  prometheus: {
    purpose: 'the metrics of a stack in the text formats of Prometheus and OpenMetrics, and a port for them',
    imports: ['contracts', 'metrics', 'run-folder'],
  },
  credentials: {
    purpose: 'certificates, keys and tokens: read from files, and checked',
    imports: ['config/schema', 'contracts'],
  },
  'control-api': {
    purpose: 'the control API of the supervisor, on a Unix socket and on TCP, and its client',
    imports: ['config/schema', 'contracts', 'credentials', 'run-folder'],
  },
  store: {
    purpose: 'versions, pointers, history and signatures on disk; mapping and loading a version',
    imports: ['config/schema', 'contracts', 'engine/fasttext', 'engine/tokenize'],
  },
  'event-stream': {
    purpose: 'the events and figures of a stack, for many readers at once',
    imports: ['contracts'],
  },
  'traffic-sample': {
    purpose: 'writes and reads a sample of the texts given to models',
    imports: ['config/schema', 'contracts'],
  },
  'model-inbox': {
    purpose: 'the folder where training drops its files: which ones are taken, and when',
    imports: ['config/schema', 'contracts', 'store'],
  },
  compare: {
    purpose: 'compares two versions on texts, and explains what changes',
    imports: ['config/schema', 'contracts', 'engine/fasttext', 'gates/judge', 'store'],
  },
  'gates/run': {
    purpose: 'tries a version for the gates: loads, predicts, measures',
    imports: ['contracts', 'engine/fasttext', 'gates/judge', 'store', 'traffic-sample'],
  },
  gateway: {
    purpose: 'chooses a worker for each request, retries, sends static files; or nginx in its place',
    imports: [
      'config/schema',
      'contracts',
      'grpc',
      'http',
      'integrations',
      'ipc',
      'metrics',
      'run-folder',
      'tracing',
    ],
  },
  worker: {
    purpose: 'one worker of an instance: routes, served models, candidate; `defineService`',
    imports: [
      'config/schema',
      'contracts',
      'engine/fasttext',
      'gates/judge',
      'http',
      'ipc',
      'metrics',
      'openapi',
      'protocols',
      'store',
      'traffic-sample',
      'tracing',
    ],
  },
  'test-service': {
    purpose: 'runs a service in a test, without a server or processes',
    imports: ['config/schema', 'contracts', 'engine/fasttext', 'http', 'store', 'worker'],
  },
  rollout: {
    purpose: 'drives the state machine: the steps, the bake, the receipt',
    imports: ['config/schema', 'contracts', 'gates/judge', 'rollout/machine'],
  },
  supervisor: {
    purpose: 'processes, adoption, reloads, deployments',
    imports: [
      'config/schema',
      'contracts',
      'gates/judge',
      'ipc',
      'metrics',
      'process',
      'rollout',
      'run-folder',
      'store',
    ],
  },
  cli: {
    purpose: 'one file for each command',
    imports: [
      'client',
      'compare',
      'config',
      'config/schema',
      'contracts',
      'control-api',
      'credentials',
      'engine/fasttext',
      'gates/judge',
      'gates/run',
      'integrations',
      'migrate',
      'store',
      'traffic-sample',
    ],
  },
  main: {
    purpose: 'one entry for each process: the only place that puts everything together',
    imports: ['*'],
  },
}

/** The folders beside `src`: what they are for, and which of each other they may import. All of them may import `src`. */
export const folders: Readonly<Record<string, Pick<Room, 'purpose' | 'imports'>>> = {
  page: {
    purpose:
      'the page of the control API, for browsers; of `src` it imports only types of `contracts`, and what needs nothing else',
    imports: [],
  },
  harness: {
    purpose: 'stacks, load, the judge, reference programs: what tests, drills and benchmarks share',
    imports: [],
  },
  test: {
    purpose: 'tests with real files, processes and programs',
    imports: ['harness', 'drill', 'scripts'],
  },
  drill: { purpose: 'faults under load, and whether every answer was right', imports: ['harness'] },
  bench: { purpose: 'cost and speed, compared with the stack that it replaces', imports: ['harness'] },
  examples: { purpose: 'a working service', imports: [] },
  scripts: { purpose: 'what is generated or checked: jieba’s dictionary, this architecture', imports: [] },
}

/** The two paths through the rooms: what happens, and the room where it does. */
export const ways: Readonly<Record<string, readonly (readonly [what: string, room: string])[]>> = {
  'A request': [
    ['read all of it', 'http'],
    ['choose a worker', 'gateway'],
    ['send a frame', 'ipc'],
    ['find its route', 'worker'],
    ['cut the text', 'engine/tokenize'],
    ['predict', 'engine/fasttext'],
    ['count it', 'metrics'],
  ],
  'A deploy': [
    ['ask for it', 'cli'],
    ['accept it', 'control-api'],
    ['publish the file', 'store'],
    ['try the version', 'gates/run'],
    ['decide', 'gates/judge'],
    ['drive the steps', 'rollout'],
    ['load, warm, activate', 'worker'],
  ],
}
