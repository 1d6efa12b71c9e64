export const instanceNames = ['primary', 'backup'] as const

/** The role of a group of workers. */
export type InstanceName = (typeof instanceNames)[number]

export function otherInstance(name: InstanceName): InstanceName {
  return name === 'primary' ? 'backup' : 'primary'
}

/** Where nginx's configuration sends what a paused instance has not begun and what may not be sent twice. */
export const backupLocation = '@changeover_backup'
