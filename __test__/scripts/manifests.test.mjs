import { readFile } from 'node:fs/promises';
import t from 'tap';
import { mainManifest, platformManifest } from '../../scripts/packaging/manifests.mjs';
import { PLATFORMS } from '../../scripts/platforms.mjs';
import { at } from '../../scripts/project.mjs';

const project = JSON.parse(await readFile(at('package.json'), 'utf8'));

t.test('the main package depends on that of each released platform, of the same version', async (t) => {
  const { optionalDependencies } = mainManifest(project, PLATFORMS);
  const { version } = project;
  const names = ['x64-gnu', 'arm64-gnu', 'x64-musl'].map((name) => `conmon-node-linux-${name}`);
  t.same(optionalDependencies, Object.fromEntries(names.map((name) => [name, version])));
});

for (const platform of PLATFORMS) {
  t.test(`${platform.package} is for nothing else`, async (t) => {
    const { os, cpu, libc, version } = platformManifest(project, platform, ['conmon']);
    const wanted = { os: [platform.os], cpu: [platform.cpu], libc: [platform.libc], version: project.version };
    t.same({ os, cpu, libc, version }, wanted);
  });
}
