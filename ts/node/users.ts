/** The users whose processes and files are trusted: root and the caller. */

export const ROOT = 0;

/** The effective user of this process. */
export function caller(): number {
  // Absent only on Windows.
  return process.geteuid?.() ?? ROOT;
}

/** Both, each once. */
export function trustedUsers(): readonly number[] {
  return [...new Set([ROOT, caller()])];
}
