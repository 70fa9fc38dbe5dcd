/** A terminal around a command, made by script(1). */

/** Words that run a command on a terminal of the given size; what it prints arrives on stdout. */
export function onTerminal(words: readonly string[], rows: number, columns: number): string[] {
  const line = `stty rows ${rows} cols ${columns}; exec ${words.map(quote).join(' ')}`;
  return ['script', '--quiet', '--return', '--command', line, '/dev/null'];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A shell script that waits until the terminal has the size, which arrives when it likes, and prints what there is. */
export function printSize(rows: number, columns: number): string {
  const wait = `until [ "$(stty size 2>/dev/null)" = "${rows} ${columns}" ] || [ $((i += 1)) -gt 200 ]; do sleep 0.02; done`;
  return `i=0; ${wait}; stty size`;
}
