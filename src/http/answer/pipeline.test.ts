import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { Exchange } from './pipeline.ts'
import { Pipeline } from './pipeline.ts'

it('writes answers in the order of their requests, each once, and holds nothing when all are written', () => {
  const settleOrder = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 })
  fc.assert(
    fc.property(settleOrder, fc.array(fc.nat(5_000), { minLength: 8, maxLength: 8 }), (order, sizes) => {
      const pipeline = new Pipeline()
      const caller = { address: '10.0.0.9', scheme: undefined }
      const exchanges = sizes.map((size): Exchange => ({
        head: undefined,
        id: String(size),
        caller,
        beganMs: 0,
        isLast: false,
        heldBytes: size,
        answer: undefined,
      }))
      for (const exchange of exchanges) pipeline.add(exchange)
      expect(pipeline.isFull).toBe(true)
      const written: Exchange[] = []
      for (const index of order) {
        const exchange = exchanges[index]
        if (exchange === undefined) throw new RangeError(`no exchange ${index}`)
        expect(pipeline.settle(exchange, answer(`${index}`))).toBe(true)
        expect(pipeline.settle(exchange, answer('again'))).toBe(false)
        for (let next = pipeline.takeAnswered(); next !== undefined; next = pipeline.takeAnswered())
          written.push(next)
      }
      expect(written.map((exchange) => exchange.answer)).toEqual(sizes.map((_, index) => answer(`${index}`)))
      expect(pipeline.isEmpty).toBe(true)
      expect(pipeline.heldBytes).toBe(0)
    }),
  )
})

function answer(body: string) {
  return { status: 200, headers: '', body }
}
