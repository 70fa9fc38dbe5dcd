/**
 * Which commit the sources are at, and when that was.
 * @module
 */
import { run } from './project.mjs';

/** The hash, `-dirty` behind it when files differ; a tree without history has none. */
export async function commit() {
  const hash = await git('rev-parse', 'HEAD');
  if (hash === undefined) return 'unknown';
  const changes = await git('status', '--porcelain', '--untracked-files=no');
  return changes === '' ? hash : `${hash}-dirty`;
}

/**
 * The time that everything made from these sources bears, so that it is the same whenever it is made: seconds since 1970.
 * See https://reproducible-builds.org/specs/source-date-epoch/.
 */
export async function sourceDate() {
  return Number(process.env.SOURCE_DATE_EPOCH ?? (await git('log', '-1', '--format=%ct')) ?? 0);
}

/** @param {...string} args @returns {Promise<string | undefined>} */
async function git(...args) {
  const { status, stdout } = await run('git', args);
  return status === 0 ? stdout.trim() : undefined;
}
