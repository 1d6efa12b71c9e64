import { describe, expect, it } from 'vitest'

import { readTranslatedLines } from '../../harness/models/multilingual-text.ts'
import { languageModel } from '../../harness/paths.ts'
import { isReferenceMissing, predictReference } from '../../harness/reference-fasttext.ts'
import { compareLine, createTally, describeTally } from '../support/compare-predictions.ts'
import { describeModelFile, openModelFile } from '../support/open-model.ts'

const linesPerLanguage = 150

describe.skipIf(isReferenceMissing())('the published model of 176 languages', () => {
  const predictor = openModelFile(languageModel)
  const texts = readTranslatedLines(linesPerLanguage)
  const lines = Object.values(texts).flat()

  it('is what we think it is', () => {
    expect(describeModelFile(languageModel)).toMatchObject({
      args: { loss: 'hs', dim: 16, minn: 2, maxn: 4 },
      nLabels: 176,
      pruned: true,
      input: { kind: 'quantized' },
    })
    expect(predictor.description.folded).toBe(false)
    console.log(`asked about ${lines.length} lines in ${Object.keys(texts).length} languages`)
    expect(lines.length).toBeGreaterThan(5_000)
  })

  it.each([1, 5, -1])('answers as the reference does, k = %i', (k) => {
    const reference = predictReference(languageModel, lines, k)
    expect(reference).toHaveLength(lines.length)
    const tally = createTally()
    lines.forEach((line, i) => compareLine(tally, 'hs', line, predictor.predict(line, k), reference[i] ?? []))
    console.log(`k = ${k}: ${describeTally(tally)}`)
    expect(tally.wrong).toEqual([])
    expect(tally.nearTies.length).toBeLessThanOrEqual(tally.predictions / 1_000)
  })

  it('knows Chinese, German and Russian when it reads them', () => {
    const share = (language: string, label: string): number => {
      const asked = (texts[language] ?? []).filter((line) => line.length > 20)
      return asked.filter((line) => predictor.top(line)?.label === `__label__${label}`).length / asked.length
    }
    for (const language of ['de', 'ru']) expect(share(language, language)).toBeGreaterThan(0.8)
    expect(share('zh_CN', 'zh')).toBeGreaterThan(0.8)
  })
})
