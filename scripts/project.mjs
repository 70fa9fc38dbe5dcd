/**
 * Where things are.
 * @module
 */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder of package.json. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {...string} parts a path below the project's folder */
export const at = (...parts) => join(ROOT, ...parts);

/**
 * @param {string} url the `import.meta.url` of a module
 * @returns {boolean} whether node was started with that module
 */
export const isMain = (url) => url === pathToFileURL(process.argv[1] ?? '').href;
