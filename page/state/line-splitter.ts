/** A line of the stream is far shorter; one without end would fill the memory of the page. */
const maxLineCharacters = 16 * 2 ** 20

/** Takes a text in pieces and gives its whole lines. Throws `RangeError` if one does not end. */
export class LineSplitter {
  #rest = ''

  take(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > maxLineCharacters) throw new RangeError('a line has no end')
    return lines.filter((line) => line !== '')
  }
}
