import { readFile } from 'node:fs/promises';
import t from 'tap';
import { mainManifest, platformManifest } from '../../scripts/packaging/manifests.mjs';
import { PLATFORMS } from '../../scripts/platforms.mjs';
import { at } from '../../scripts/project.mjs';

const project = JSON.parse(await readFile(at('package.json'), 'utf8'));

t.test('the main package depends on that of each released platform, of the same version', async (t) => {
  const { optionalDependencies } = mainManifest(project, PLATFORMS);
  const { version } = project;
  const wanted = { 'conmon-node-linux-x64-gnu': version, 'conmon-node-linux-arm64-gnu': version };
  t.same(optionalDependencies, wanted);
});

for (const platform of PLATFORMS) {
  t.test(`${platform.package} is for nothing else`, async (t) => {
    const { os, cpu, libc, version } = platformManifest(project, platform, ['conmon']);
    const wanted = { os: [platform.os], cpu: [platform.cpu], libc: [platform.libc], version: project.version };
    t.same({ os, cpu, libc, version }, wanted);
  });
}
