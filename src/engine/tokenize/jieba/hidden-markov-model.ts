import { TokenizeError } from '../errors.ts'

/** The place of a character in a word: it begins it, ends it, stands in its middle, or is a word of one character. */
export const places = ['B', 'E', 'M', 'S'] as const

type Place = (typeof places)[number]

/** The model for words that the dictionary lacks, as jieba publishes it: natural logarithms of probabilities. */
export type HiddenMarkovModel = {
  readonly start: Readonly<Record<Place, number>>
  readonly transitions: Readonly<Record<Place, Readonly<Partial<Record<Place, number>>>>>
  readonly emissions: Readonly<Record<Place, Readonly<Record<string, number>>>>
}

/** The same in the order B, E, M, S: 4 starts, 4 × 4 transitions by row, 4 emissions for each character. */
export type MarkovTable = {
  readonly start: Float64Array
  readonly transitions: Float64Array
  readonly emissions: ReadonlyMap<string, Float64Array>
}

/** Stands for "impossible" in jieba: finite, so that sums of it still order the paths. */
export const impossible = -3.14e100

function readEmissions(model: HiddenMarkovModel): Map<string, Float64Array> {
  const emissions = new Map<string, Float64Array>()
  places.forEach((place, row) => {
    for (const [character, probability] of Object.entries(model.emissions[place])) {
      const known = emissions.get(character) ?? new Float64Array(places.length).fill(impossible)
      known[row] = probability
      emissions.set(character, known)
    }
  })
  return emissions
}

/** Puts a model in table form. Throws `bad_hidden_markov_model`. */
export function readHiddenMarkovModel(model: HiddenMarkovModel): MarkovTable {
  const table = {
    start: Float64Array.from(places, (place) => model.start[place]),
    transitions: Float64Array.from(
      places.flatMap((from) => places.map((to) => model.transitions[from][to] ?? impossible)),
    ),
    emissions: readEmissions(model),
  }
  for (const [character, row] of [['', table.start], ['', table.transitions], ...table.emissions] as const) {
    if (row.every(Number.isFinite) && character.length <= 1) continue
    throw new TokenizeError(
      'bad_hidden_markov_model',
      `The hidden Markov model has an entry for "${character}" that is not a finite number or not a single UTF-16 unit. Take the tables from jieba's finalseg.`,
    )
  }
  return table
}
