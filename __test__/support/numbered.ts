/** Numbered output under load, of which nothing may be missing, doubled or out of order. */
import type { Test } from 'tap';
import type { Scene } from './scene.js';

/** Shell functions: numbered lines in bursts until there is a file `stop`. */
export function counting(s: Scene): string {
  return `
count() {
  i=0
  while [ ! -e '${s.dir}/stop' ]; do
    n=0
    while [ $n -lt 40 ]; do n=$((n+1)); i=$((i+1)); echo "$1 $i"; done
    sleep 0.01
  done
  echo "$1 $((i+1)) end"
}`;
}

/** The numbers of one source's lines: 1, 2, 3 … and the end. */
export function checkLines(t: Test, text: string, source: string, what: string): void {
  const lines = text.split('\n').filter((line) => line.startsWith(`${source} `));
  const wrong = lines.findIndex((line, at) => Number(line.split(' ')[1]) !== at + 1);
  t.equal(wrong, -1, `${what}: ${source} ${wrong < 0 ? '' : lines.slice(wrong - 1, wrong + 2).join(', ')}`);
  t.match(lines.at(-1), / end\r?$/, `${what}: the last line of ${lines.length} is there`);
}
