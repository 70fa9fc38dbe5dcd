/**
 * Fetches a kernel of Debian for the tests in a virtual machine, if there is none yet. It is unpacked below `target`, not
 * installed. Uses nothing but Node, apt-get and dpkg-deb.
 * @module
 */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { Problem, runMain } from './problem.mjs';
import { at } from './project.mjs';
import { run } from './run.mjs';

const KERNEL = at('target', 'vm-kernel');
/** Depends on the one that is current; small, because it knows only what virtual machines have. */
const PACKAGE = 'linux-image-cloud-amd64';

await runMain(async () => {
  if (!(await has(KERNEL))) await fetchKernel();
  return 0;
});

/** @param {string} folder */
async function has(folder) {
  const names = await readdir(`${folder}/boot`).catch(() => []);
  return names.some((name) => name.startsWith('vmlinuz-'));
}

async function fetchKernel() {
  await mkdir(at('target'), { recursive: true });
  const folder = await mkdtemp(at('target', 'vm-kernel-'));
  try {
    const depends = await must('apt-cache', ['depends', PACKAGE], folder);
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (name === undefined) throw new Problem(`${PACKAGE} names no kernel; apt-cache depends said:\n${depends}`);
    await must('apt-get', ['download', name], folder);
    for (const file of await readdir(folder)) await must('dpkg-deb', ['--extract', file, '.'], folder);
    if (!(await has(folder))) throw new Problem(`there is no kernel in the package ${name}`);
    await rm(KERNEL, { recursive: true, force: true });
    await rename(folder, KERNEL);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function must(command, args, cwd) {
  const { status, stdout, stderr } = await run(command, args, { cwd });
  if (status === 0) return stdout;
  throw new Problem(`${command} ${args.join(' ')}\nfailed with status ${status}, and said:\n${stderr}`);
}
