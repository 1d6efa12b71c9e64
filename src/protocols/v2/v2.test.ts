import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

import { ask } from '../testing/fake-models.ts'
import { decodeBytesTensor, encodeBytesTensor } from './tensor-bytes.ts'
import { openInferenceRoutes } from './v2.ts'

const routes = openInferenceRoutes('1.2.3')
const params = { model: 'm' }
const infer = (body: Buffer | object, headLength?: number) =>
  ask(routes, 'POST', '/v2/models/:model/infer', {
    params,
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    header: (name) =>
      name === 'inference-header-content-length' && headLength !== undefined ? String(headLength) : undefined,
  })
const inferJson = (body: object): unknown => JSON.parse(infer(body).body.toString())
const text = (...data: unknown[]) => ({ name: 'text', datatype: 'BYTES', shape: [data.length], data })

describe('an inference', () => {
  it('has the best label of each text, and the id of the request', () => {
    expect(inferJson({ id: 'x', inputs: [text('甲', '')] })).toEqual({
      model_name: 'm',
      model_version: '7',
      id: 'x',
      outputs: [
        { name: 'labels', datatype: 'BYTES', shape: [2, 1], data: ['甲', ''] },
        { name: 'probabilities', datatype: 'FP32', shape: [2, 1], data: [0.5, 0.5] },
      ],
    })
  })

  it('has as many labels as k says, and fills up what a threshold leaves out', () => {
    const outputs = (parameters: object): unknown =>
      (inferJson({ inputs: [text('t')], parameters }) as { outputs: unknown }).outputs
    expect(outputs({ k: 2 })).toMatchObject([{ shape: [1, 2], data: ['t', 'b'] }, { data: [0.5, 0.25] }])
    expect(outputs({ k: -1, threshold: 0.2 })).toMatchObject([
      { shape: [1, 3], data: ['t', 'b', ''] },
      { data: [0.5, 0.25, 0] },
    ])
    expect(outputs({ k: 99 })).toMatchObject([{ shape: [1, 3] }, {}])
  })

  it('takes nested data, a shape of [n, 1], base64, and no text at all', () => {
    const nested = { ...text(['a'], ['b']), shape: [2, 1] }
    expect(inferJson({ inputs: [nested] })).toMatchObject({ outputs: [{ data: ['a', 'b'] }, {}] })
    const coded = { ...text(Buffer.from('乙').toString('base64')), parameters: { content_type: 'base64' } }
    expect(inferJson({ inputs: [coded] })).toMatchObject({ outputs: [{ data: ['乙'] }, {}] })
    expect(inferJson({ inputs: [text()] })).toMatchObject({ outputs: [{ shape: [0, 1], data: [] }, {}] })
  })

  it('is refused if one answer cannot hold what is asked', () => {
    const count = 400_000
    const inputs = [{ ...text(), shape: [count], data: Array<string>(count).fill('') }]
    expect(() => inferJson({ inputs, parameters: { k: -1 } })).toThrow(/1000000 labels at most/)
  })

  it('has the outputs that are wanted, in their order', () => {
    const only = inferJson({ inputs: [text('a')], outputs: [{ name: 'probabilities' }] })
    expect(only).toMatchObject({ outputs: [{ name: 'probabilities' }] })
  })

  it('takes and gives binary tensors, of any texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), (texts) => {
        const tensor = encodeBytesTensor(texts)
        const head = Buffer.from(
          JSON.stringify({
            parameters: { binary_data_output: true },
            inputs: [
              {
                name: 'text',
                datatype: 'BYTES',
                shape: [texts.length],
                parameters: { binary_data_size: tensor.length },
              },
            ],
          }),
        )
        const { headers, body } = infer(Buffer.concat([head, tensor]), head.length)
        const length = Number(headers[headers.indexOf('inference-header-content-length') + 1])
        const bytes = Buffer.from(body as Buffer)
        const { outputs } = JSON.parse(bytes.toString('utf8', 0, length)) as {
          outputs: { parameters: { binary_data_size: number } }[]
        }
        const [labels, probabilities] = outputs.map(({ parameters }) => parameters.binary_data_size)
        const end = length + (labels as number)
        expect(decodeBytesTensor(bytes.subarray(length, end), 'it').map(String)).toEqual(texts)
        expect(probabilities).toBe(texts.length * 4)
        expect(bytes.length).toBe(end + texts.length * 4)
        for (let at = end; at < bytes.length; at += 4) expect(bytes.readFloatLE(at)).toBe(0.5)
      }),
    )
  })

  it('takes a byte order mark before its JSON', () => {
    const body = Buffer.from(`\ufeff${JSON.stringify({ inputs: [text('a')] })}`)
    expect(infer(body).status).toBe(200)
  })
})

const base = text('a')

test.each([
  ['no JSON', Buffer.from('{'), 'bad_json', /not JSON/],
  ['other bytes', Buffer.from([0x7b, 0xff]), 'bad_utf8', /UTF-8/],
  ['a list', [], 'bad_body', /the request at \//],
  ['no input', { inputs: [] }, 'bad_body', /\/inputs/],
  ['another input', { inputs: [{ ...base, name: 'x' }] }, 'bad_body', /no input x; .* text/],
  [
    'an output twice',
    { inputs: [base], outputs: [{ name: 'labels' }, { name: 'labels' }] },
    'bad_body',
    /output labels is asked for twice/,
  ],
  ['two inputs', { inputs: [base, base] }, 'bad_body', /2 times/],
  ['numbers', { inputs: [{ ...base, datatype: 'FP32' }] }, 'bad_body', /must be BYTES/],
  ['a number among texts', { inputs: [text('a', 1)] }, 'bad_body', /element 1 .* not a string/],
  ['another shape', { inputs: [{ ...base, shape: [2] }] }, 'bad_body', /shape is \[2\].* 1 elements/],
  ['a shape of three', { inputs: [{ ...base, shape: [1, 1, 1] }] }, 'bad_body', /must be \[1\]/],
  ['a negative shape', { inputs: [{ ...base, shape: [-1] }] }, 'bad_body', /shape/],
  ['no data', { inputs: [{ ...base, data: undefined }] }, 'bad_body', /neither data nor binary_data_size/],
  ['k of 0', { inputs: [base], parameters: { k: 0 } }, 'bad_body', /k is 0/],
  ['a threshold in words', { inputs: [base], parameters: { threshold: 'x' } }, 'bad_body', /threshold/],
  ['another output', { inputs: [base], outputs: [{ name: 'x' }] }, 'bad_body', /no output x/],
  ['another coding', { inputs: [{ ...base, parameters: { content_type: 'x' } }] }, 'bad_body', /"x"/],
])('%s is refused', (_, body, code, message) => {
  expect(() => infer(body)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
  )
})

test('the answer to many texts is the same JSON as if it were written at once', () => {
  const texts = Array.from({ length: 1_234 }, (_, i) => `文 "${i}"`)
  const [labels, probabilities] = (
    inferJson({ inputs: [text(...texts)] }) as { outputs: { data: unknown }[] }
  ).outputs
  expect(labels?.data).toEqual(texts)
  expect(probabilities?.data).toEqual(texts.map(() => 0.5))
})

test('what is too deep to be written out, or long, is named and not repeated', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const input = JSON.stringify(base)
  for (const [key, value] of [
    ['k', deep],
    ['threshold', deep],
    ['k', JSON.stringify('x'.repeat(100_000))],
  ] as const)
    expect(() => infer(Buffer.from(`{"inputs":[${input}],"parameters":{"${key}":${value}}}`))).toThrow(
      expect.objectContaining({ code: 'bad_body', message: expect.stringMatching(/^.{0,200}$/) as string }),
    )
  const shape = Array<number>(100_000).fill(1)
  expect(() => infer({ inputs: [{ ...base, shape }] })).toThrow(/^.{0,200}$/)
})

test('binary data that does not fit what is said of it is refused', () => {
  const head = (size: number): Buffer =>
    Buffer.from(JSON.stringify({ inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: size } }] })) // prettier-ignore
  const cut = encodeBytesTensor(['abc']).subarray(0, 6)
  const send = (size: number, headLength: number): unknown =>
    infer(Buffer.concat([head(size), cut]), headLength)
  expect(() => send(6, 10_000)).toThrow(/Inference-Header-Content-Length is 10000/)
  expect(() => send(7, head(7).length)).toThrow(/binary_data_size is 7, and 6 bytes follow/)
  expect(() => send(6, head(6).length)).toThrow(/element 0 of the input text ends after the tensor/)
  expect(() => decodeBytesTensor(Buffer.alloc(3), 'it')).toThrow(/element 0/)
})

test('what there is', () => {
  const json = (path: string, own: object = {}): unknown =>
    JSON.parse(ask(routes, path.includes('index') ? 'POST' : 'GET', path, { params: { ...params, ...own } }).body.toString()) // prettier-ignore
  expect(json('/v2')).toMatchObject({ name: 'changeover', version: '1.2.3' })
  expect(json('/v2/models/:model')).toMatchObject({
    name: 'm',
    versions: ['7'],
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: [{ name: 'labels' }, { name: 'probabilities', datatype: 'FP32' }],
  })
  expect(json('/v2/models/:model/versions/:version/ready', { version: '7' })).toEqual({
    name: 'm',
    ready: true,
  })
  expect(json('/v2/repository/index')).toEqual([{ name: 'm', version: '7', state: 'READY', reason: '' }])
  expect(() => json('/v2/models/:model/versions/:version', { version: '8' })).toThrow(
    expect.objectContaining({ code: 'version_unknown' }),
  )
  expect(() => json('/v2/models/:model', { model: 'x' })).toThrow(
    expect.objectContaining({ code: 'model_unknown' }),
  )
})
