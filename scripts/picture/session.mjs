/**
 * What is typed in the session that the README shows.
 * @module
 */

/**
 * @typedef {object} Typed
 * @property {string} line
 * @property {number} [pause] how long nobody types afterwards, in ms
 */

/** @type {readonly Typed[]} */
export const COMMANDS = [
  { line: `podman run -d --name web busybox sh -c 'while sleep 0.2; do echo "GET /"; done'`, pause: 1500 },
  { line: 'conmonctl ps' },
  { line: 'conmonctl logs web --tail 3 --timestamps' },
  { line: 'conmonctl stats' },
  { line: 'podman rm -f -t 0 web' },
];
