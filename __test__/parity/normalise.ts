/** Replaces the parts of a text that differ between runs: directories, ids, pids, times. */
import type { Scene } from '../support/scene.js';

/** Names that replace the numbers of a run. */
export type Known = ReadonlyMap<number, string>;

export function normalise(text: string, scene: Scene, known: Known = new Map()): string {
  let result = text.replaceAll(scene.cid, 'CID').replaceAll(scene.dir, 'DIR');
  for (const [number, name] of known) result = result.replaceAll(new RegExp(`\\b${number}\\b`, 'g'), name);
  return result
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}[+-]\d\d:\d\d/g, 'TIME')
    .replaceAll(/(pipe|socket):\[\d+\]/g, '$1');
}
