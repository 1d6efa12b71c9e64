import { expect, test } from 'vitest'

import { allValues, lastValue, parseGunicornArgs } from './parse-gunicorn-args.ts'

const parse = (line: string) => parseGunicornArgs(line.split(' '))

test('the course’s command line', () => {
  const args = parse('-w 1 -b 0.0.0.0:5001 --chdir /srv/names app:app')
  expect(args).toMatchObject({ app: 'app:app', unknown: [] })
  expect(['workers', 'bind', 'chdir'].map((name) => lastValue(args, name))).toEqual([
    '1',
    '0.0.0.0:5001',
    '/srv/names',
  ])
})

test('values after =, right after a letter, and names cut short where they are clear', () => {
  const args = parse('--bind=unix:/a=b -w4 --graceful 5 --preload app:app -b :5002')
  expect(allValues(args, 'bind')).toEqual(['unix:/a=b', ':5002'])
  expect(lastValue(args, 'workers')).toBe('4')
  expect(lastValue(args, 'graceful-timeout')).toBe('5')
  expect(args.app).toBe('app:app')
})

test('names what gunicorn does not know, or could take for several', () => {
  expect(parse('--limit 5 -Z app:app more').unknown).toEqual(['--limit', '-Z', 'app:app', 'more'])
})
