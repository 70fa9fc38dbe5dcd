/** The file system of a virtual machine with Debian's programs, Node among them, and bundled tests of __test__/e2e. */
import { cpSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../support/target.js';
import { MACHINE } from '../support/vm-machine.js';
import { Image, script } from '../support/vm.js';

/** tcompare requires it by a path of its own, and only for values that are React elements. */
const WITHOUT_REACT: Plugin = {
  name: 'without-react',
  setup: (build) =>
    build.onLoad({ filter: /\/tcompare\/.*\/react-element-to-jsx-string\.js$/ }, () => ({
      contents: 'export default String;',
    })),
};

/** Packs it: `debian` is the directory of the programs, `names` are those of the tests. */
export async function suiteImage(dir: string, debian: string, names: readonly string[]): Promise<string> {
  const root = `${dir}/root`;
  cpSync(debian, root, { recursive: true, verbatimSymlinks: true });
  const made = new Image(root);
  made.directory('/mnt');
  made.write('/init', script('suite.sh'), 0o755);
  made.write('/machine.sh', script('machine.sh'));
  made.write('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n');
  made.write('/etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  made.write('/suite/files', names.join('\n'));
  made.write('/suite/package.json', readFileSync(`${ROOT}package.json`));
  for (const name of ['conmon', 'miniruntime', 'conmon.node'])
    made.write(`/suite/dist/native/${name}`, readFileSync(`${dirname(MACHINE.conmon)}/${name}`), 0o755);
  made.write('/suite/scripts/debian-packages.json', readFileSync(`${ROOT}scripts/debian-packages.json`));
  await bundle(names, `${root}/suite`);
  made.pack(`${dir}/initrd`);
  return `${dir}/initrd`;
}

/** As deep below the directory as their sources, whose paths are relative to that. */
async function bundle(names: readonly string[], outdir: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: names.map((name) => `__test__/e2e/${name}.test.ts`),
    outbase: '.',
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: '__test__/e2e/[name]-[hash]',
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
    plugins: [WITHOUT_REACT],
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
  });
}
