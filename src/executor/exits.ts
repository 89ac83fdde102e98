/** Exit codes of a verb, beside 64 for a refused guard. */
export const verbExits = {
  notADirectory: 65,
  fenced: 66,
  archiveMissing: 67,
  digestMismatch: 68,
  archiveUnusable: 69,
  toolUnfinished: 71,
  blockRefused: 72,
} as const
