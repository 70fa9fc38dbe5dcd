/** Where this package is installed: this file is in its `ts/node`, or bundled into its `dist`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest directory above with a `package.json`. */
export function packageDirectory(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  let directory = start;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) return dirname(start);
    directory = parent;
  }
  return directory;
}
