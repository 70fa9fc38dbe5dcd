/**
 * `npm run picture`: records a session of the real commands in a terminal, and draws it for the README. As root, with Podman.
 *
 * `scripts/picture/` holds what is typed, the Podman for it, the terminal, and the drawing.
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draw } from './picture/draw.mjs';
import { setUpPodman } from './picture/podman.mjs';
import { record } from './picture/record.mjs';
import { COMMANDS } from './picture/session.mjs';
import { at, isInPath, Problem, runMain } from './project.mjs';
import { findStaticBusybox } from './static-busybox.mjs';

const PICTURE = at('docs', 'pictures', 'session.svg');

await runMain(async () => {
  const busybox = await findStaticBusybox();
  if (busybox === undefined || !(await isInPath('podman')) || !(await isInPath('runc'))) {
    throw new Problem('the session runs a container of Podman: apt-get install podman runc busybox-static');
  }
  const directory = await mkdtemp(join(tmpdir(), 'conmon-picture-'));
  try {
    const environment = await setUpPodman(directory, busybox);
    await writeFile(PICTURE, draw(await record(COMMANDS, directory, environment)));
    console.log(`drew ${PICTURE}`);
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
