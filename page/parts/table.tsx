import type { ComponentChildren, JSX } from 'preact'

export type Column = {
  readonly title: ComponentChildren
  readonly isNumber?: boolean
  readonly isHidden?: boolean
}

export type TableProps = {
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly {
    readonly key: string
    readonly cells: readonly ComponentChildren[]
    readonly isMarked?: boolean
  }[]
}

/** A table; in a narrow window each row becomes a list of its cells, with their titles. The roles say that it is a table still. */
export function Table({ caption, columns, rows }: TableProps): JSX.Element {
  return (
    <table role="table" class="stack">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, isNumber, isHidden }, index) => (
            <th role="columnheader" scope="col" key={index} class={isNumber === true ? 'number' : ''}>
              {isHidden === true ? <span class="unseen">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells, isMarked }) => (
          <tr role="row" key={key} class={isMarked === true ? 'marked' : ''}>
            {cells.map((cell, index) => (
              <td role="cell" key={index} class={columns[index]?.isNumber === true ? 'number' : ''}>
                {columns[index]?.isHidden !== true && (
                  <span class="title" aria-hidden="true">
                    {columns[index]?.title}
                  </span>
                )}
                <div class="value">{cell}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A table with many columns that cannot be stacked: it may be scrolled, also with the keyboard. */
export function Wide({
  label,
  children,
}: {
  readonly label: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <div class="wide" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  )
}
