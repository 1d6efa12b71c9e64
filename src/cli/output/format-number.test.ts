import { expect, test } from 'vitest'

import { formatSignificant } from './format-number.ts'

test.each([
  [0.0460439, 6, '0.0460439'],
  [1.00001, 6, '1.00001'],
  [1, 6, '1'],
  [0.5, 6, '0.5'],
  [0.99999996, 6, '1'],
  [0.0001, 6, '0.0001'],
  [0.00001, 6, '1e-05'],
  [0.0000234561, 6, '2.34561e-05'],
  [0.8264, 3, '0.826'],
  [1234, 3, '1.23e+03'],
  [100, 3, '100'],
  [0, 3, '0'],
  [Number.NaN, 3, 'nan'],
  [-Infinity, 3, '-inf'],
  [-0.25, 3, '-0.25'],
])('%d with %d digits is %s, as printf writes it with %%g', (value, digits, text) => {
  expect(formatSignificant(value, digits)).toBe(text)
})
