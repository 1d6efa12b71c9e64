import { rooms, ways } from './rooms.ts'

const box = { width: 148, height: 40, gapX: 16, gapY: 56 } as const
const margin = 24
const titleHeight = 34

/** Rooms that nearly all others import: their arrows would hide all the rest. */
const ground = new Set(['contracts', 'config/schema'])

type Place = { readonly x: number; readonly y: number }

/** The rooms, in rows: each stands above all that it imports. */
function rowsOfRooms(): string[][] {
  const depths = new Map<string, number>()
  for (const name of Object.keys(rooms)) {
    const below = importsOf(name).map((other) => depths.get(other) ?? -1)
    depths.set(name, 1 + Math.max(-1, ...below))
  }
  const rows: string[][] = Array.from({ length: 1 + Math.max(...depths.values()) }, () => [])
  for (const [name, depth] of depths) rows[depth]?.push(name)
  return rows.reverse()
}

function importsOf(name: string): readonly string[] {
  const imports = rooms[name]?.imports ?? []
  return imports.includes('*') ? Object.keys(rooms).filter((other) => other !== name) : imports
}

/** What can be reached by way of another import is not drawn. */
function arrowsOf(name: string): string[] {
  const direct = importsOf(name).filter((other) => !ground.has(other))
  return direct.filter((other) => !direct.some((between) => between !== other && reaches(between, other)))
}

function reaches(from: string, to: string): boolean {
  return importsOf(from).some((next) => next === to || reaches(next, to))
}

function text(x: number, y: number, words: string, style = ''): string {
  return `<text x="${x}" y="${y}"${style}>${words}</text>`
}

function drawBox({ x, y }: Place, name: string, note = ''): string {
  const kind = rooms[name]?.isPure === true ? 'pure' : 'room'
  const lines =
    note === ''
      ? text(x + box.width / 2, y + 25, name)
      : text(x + box.width / 2, y + 17, name) + text(x + box.width / 2, y + 32, note, ' class="note"')
  return `<rect class="${kind}" x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>${lines}`
}

function drawWays(width: number): { readonly svg: string; readonly height: number } {
  let y = margin
  const parts = Object.entries(ways).map(([title, steps]) => {
    const heading = text(margin, y + 18, title, ' class="title"')
    const top = y + titleHeight
    const step = (width - 2 * margin - box.width) / (steps.length - 1)
    const boxes = steps.map(([what, room], i) => {
      const x = Math.round(margin + i * step)
      const arrow = i === 0 ? '' : `<path d="M${Math.round(x - step + box.width)} ${top + 20}H${x - 3}"/>`
      return drawBox({ x, y: top }, room, what) + arrow
    })
    y = top + box.height + margin
    return heading + boxes.join('')
  })
  return { svg: parts.join('\n'), height: y }
}

/** The picture of the rooms and of the two ways through them, as SVG. */
export function drawRooms(): string {
  const rows = rowsOfRooms()
  const widest = Math.max(...rows.map((row) => row.length))
  const width = Math.max(1180, 2 * margin + widest * (box.width + box.gapX) - box.gapX)
  const top = drawWays(width)
  const places = new Map<string, Place>()
  rows.forEach((row, i) => {
    const rowWidth = row.length * (box.width + box.gapX) - box.gapX
    row.forEach((name, j) => {
      const x = Math.round((width - rowWidth) / 2) + j * (box.width + box.gapX)
      places.set(name, { x, y: top.height + titleHeight + i * (box.height + box.gapY) })
    })
  })
  const arrows = [...places].flatMap(([name, from]) =>
    arrowsOf(name).map((other) => {
      const to = places.get(other) ?? from
      const [x1, y1, x2, y2] = [from.x + box.width / 2, from.y + box.height, to.x + box.width / 2, to.y - 3]
      return `<path d="M${x1} ${y1}C${x1} ${y1 + 32} ${x2} ${y2 - 32} ${x2} ${y2}"/>`
    }),
  )
  const height = top.height + titleHeight + rows.length * (box.height + box.gapY) - box.gapY + margin
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" text-anchor="middle">
<style>rect{stroke:#57606a}.room{fill:#f6f8fa}.pure{fill:#ddf4ff}path{fill:none;stroke:#57606a;marker-end:url(#a)}.note{font-size:11px;fill:#57606a}.title{font-weight:600;font-size:15px;text-anchor:start}text{fill:#1f2328}</style>
<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#57606a;stroke:none;marker-end:none"/></marker></defs>
<rect width="${width}" height="${height}" style="fill:#fff;stroke:none"/>
${top.svg}
${text(margin, top.height + 12, 'The rooms, each above what it imports (blue: no I/O; arrows to contracts and config/schema are left out)', ' class="title"')}
${arrows.join('\n')}
${[...places].map(([name, place]) => drawBox(place, name)).join('\n')}
</svg>
`
}
