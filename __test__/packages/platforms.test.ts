/** The archive, the deb and the rpm package for other machines: made for them, of their executable. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import { needs } from '../support/needs.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, maker } from './packed.js';

const project = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const ask = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: 'utf8' });

for (const platform of PLATFORMS.filter(
  ({ cpu, libc, released }) => released && libc === 'glibc' && cpu !== process.arch,
)) {
  const { cpu, target, machine, release } = platform;
  const debian = release.replace('linux-', '');
  const built = `${ROOT}dist/cross/${release}/conmon`;
  const tools = needs('dpkg-deb', 'rpmbuild');
  const options = existsSync(built) ? tools : { skip: `not built: npm run build:cross -- ${cpu}` };

  t.test(`${cpu}: the archive`, options, async (t) => {
    const directory = emptyDirectory(t);
    ask(process.execPath, ...maker('release', '--target', target, '--output', directory));
    const name = `conmon-node-${project.version}-${release}`;
    t.same(readdirSync(directory).toSorted(), ['SHA256SUMS', `${name}.cdx.json`, `${name}.tar.gz`]);
    execFileSync('tar', ['-C', directory, '-xzf', join(directory, `${name}.tar.gz`)]);
    const executable = join(directory, name, 'conmon');
    t.ok(readFileSync(executable).equals(readFileSync(built)), 'has the executable that was built');
    const emulator = `${ROOT}target/qemu-user/qemu-${machine}`;
    await t.test(
      'the executable runs',
      existsSync(emulator) ? {} : { skip: 'no emulator: scripts/qemu-user.sh' },
      async (t) => {
        t.match(ask(emulator, executable, '--version'), `commit: conmon-node-${project.version}-`);
      },
    );
  });

  t.test(`${cpu}: the deb and the rpm name the architecture`, options, async (t) => {
    const directory = emptyDirectory(t);
    ask(process.execPath, ...maker('packages', '--target', target, '--output', directory));
    const [deb, rpm] = [
      `conmon-node_${project.version}_${debian}.deb`,
      `conmon-node-${project.version}-1.${machine}.rpm`,
    ];
    t.same(
      readdirSync(directory).toSorted(),
      ['SHA256SUMS', `conmon-node-${project.version}-${release}.cdx.json`, rpm, deb].toSorted(),
    );
    t.equal(ask('dpkg-deb', '--field', join(directory, deb), 'Architecture').trim(), debian);
    t.equal(ask('rpm', '-qp', '--qf', '%{ARCH}', join(directory, rpm)), machine);
    execFileSync('dpkg-deb', ['--extract', join(directory, deb), join(directory, 'deb')]);
    const installed = readFileSync(join(directory, 'deb/usr/libexec/conmon-node/conmon'));
    t.ok(installed.equals(readFileSync(built)), 'has the executable that was built');
  });
}
