/** A terminal around a command, made by script(1). */

/** Words that run a command on a terminal of the given size; what it prints arrives on stdout. */
export function onTerminal(words: readonly string[], rows: number, columns: number): string[] {
  const line = `stty rows ${rows} cols ${columns}; exec ${words.map(quote).join(' ')}`;
  return ['script', '--quiet', '--return', '--command', line, '/dev/null'];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
