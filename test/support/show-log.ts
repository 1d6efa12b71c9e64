/** What processes have written to standard error, with lines of JSON as they would be on a terminal. */
export function showLog(printed: string): string {
  return printed.split('\n').map(showLine).join('\n')
}

function showLine(line: string): string {
  if (!line.startsWith('{"level":"')) return line
  const { level, time, pid, process, msg } = JSON.parse(line) as Record<string, string>
  const begin = process === 'supervisor' ? '' : `${process ?? ''}: `
  return `[${time?.replace('T', ' ') ?? ''}] [${pid ?? ''}] [${level?.toUpperCase() ?? ''}] ${begin}${msg ?? ''}`
}
