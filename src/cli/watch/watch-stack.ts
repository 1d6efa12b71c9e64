import { isatty } from 'node:tty'

import { ChangeoverError } from '../../contracts/index.ts'
import type { ControlClient } from '../../control-api/index.ts'
import { formatTime, printLine } from '../output/output.ts'
import { describeChange } from './describe-change.ts'
import { drawWatch } from './draw-watch.ts'
import type { TerminalScreen } from './terminal-screen.ts'
import { openScreen } from './terminal-screen.ts'
import { watchEvents } from './watch-events.ts'
import type { WatchedStack } from './watched-stack.ts'
import { follow } from './watched-stack.ts'

const redrawMs = 500
const ctrlC = '\u0003'

type Control = Pick<ControlClient, 'events'>

/** Follows a stack until a key or a signal ends it: on a terminal as a whole screen, otherwise as a line for each change. */
export async function watchStack(control: Control, model: string | undefined): Promise<void> {
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end.abort())
  await (isatty(1) && process.env['TERM'] !== 'dumb'
    ? watchOnScreen(control, model, end)
    : watchInLines(control, model, end.signal))
}

/** Prints every line of the stream as it comes, until the supervisor stops. Throws `not_running` if the connection breaks off. */
export async function watchAsJson(control: Control): Promise<void> {
  for await (const event of control.events()) {
    printLine(JSON.stringify(event))
    if (event.type === 'closed') return
  }
  throw new ChangeoverError(
    'not_running',
    'the connection to the supervisor broke off; run the command again',
  )
}

async function watchInLines(control: Control, model: string | undefined, signal: AbortSignal): Promise<void> {
  let stack: WatchedStack | undefined
  await watchEvents(
    control,
    {
      onEvent: (event) => {
        for (const line of describeChange(stack, event, model)) printLine(line)
        stack = follow(stack, event)
      },
      onLost: (why) => printLine(`${formatTime(Date.now())}  connection lost, trying again: ${why}`),
    },
    signal,
  )
}

async function watchOnScreen(
  control: Control,
  model: string | undefined,
  end: AbortController,
): Promise<void> {
  let stack: WatchedStack | undefined
  let lost: string | undefined
  let heardMs = performance.now()
  let screen: TerminalScreen | undefined
  const draw = (): void => {
    if (stack === undefined || screen === undefined) return
    const silentMs = performance.now() - heardMs
    const connection =
      lost === undefined ? { is: 'live' as const, silentMs } : { is: 'lost' as const, silentMs, why: lost }
    screen.show(
      drawWatch(
        { stack, connection, ...(model !== undefined && { model }) },
        { ...screen.size(), paint: screen.paint },
      ),
    )
  }
  // Also what is not heard changes what is shown.
  const timer = setInterval(draw, redrawMs)
  try {
    await watchEvents(
      control,
      {
        onEvent: (event) => {
          heardMs = performance.now()
          lost = undefined
          stack = follow(stack, event)
          // The window is taken when there is something to show: errors before that are printed as those of all commands.
          screen ??= openScreen({
            onKey: (key) => {
              // Keys that are pressed quickly come together.
              if (key.includes(ctrlC) || key.toLowerCase().includes('q')) end.abort()
            },
            onRedraw: draw,
          })
          draw()
        },
        onLost: (why) => {
          lost = why
          draw()
        },
      },
      end.signal,
    )
  } finally {
    clearInterval(timer)
    screen?.close()
  }
}
