// Control characters of ASCII and Latin 1, line separators, and characters that change the direction of writing.
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text as one line that a terminal shows literally: `\n`, `\x1b`, `\u202e` for what would move, colour or reverse it. */
export function showControls(text: string): string {
  return text.replace(controls, show)
}

/** The same for text of several lines. */
export function showControlsByLine(text: string): string {
  return text.replace(controls, (control) => (control === '\n' ? control : show(control)))
}

function show(control: string): string {
  const code = control.charCodeAt(0)
  switch (control) {
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
    default:
      return code > 0xff
        ? `\\u${code.toString(16).padStart(4, '0')}`
        : `\\x${code.toString(16).padStart(2, '0')}`
  }
}
