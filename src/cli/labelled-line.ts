import { splitLabels } from '../fasttext/index.ts'

/** Turns the text of a line into tokens; labels at its beginning stay as they are. */
export function tokenizeLine(line: string, tokenize: (text: string) => string): string {
  const { labels, text } = splitLabels(line)
  return labels + tokenize(text)
}
