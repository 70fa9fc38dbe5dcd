/** Hardening of the executables: what an attacker who has found a memory bug cannot rely on. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import { ROOT } from '../support/target.js';
import { DF, DF_1, DT, ET_DYN, PF, PT, readElf } from './elf.js';

const executable = (name: string): string => `${ROOT}dist/native/${name}`;

/** This machine's, and those for others that have been built: `npm run build:cross -- CPU`, or the tests in an emulator. */
const OTHERS = PLATFORMS.map(({ release }) => `${ROOT}dist/cross/${release}`).filter((path) => existsSync(path));

for (const path of [`${ROOT}dist/native`, ...OTHERS].flatMap((each) => [`${each}/conmon`, `${each}/miniruntime`])) {
  const name = path.slice(`${ROOT}dist/`.length);
  const { type, segments, sections, dynamic } = readElf(path);
  const flag = (tag: number, bit: number): boolean => ((dynamic.get(tag) ?? 0) & bit) !== 0;

  t.test(`${name} is static and position-independent`, async (t) => {
    t.equal(type, ET_DYN);
    t.ok(flag(DT.flags1, DF_1.pie), 'an executable, not a library');
    t.notOk(
      segments.some((segment) => segment.type === PT.interp),
      'no loader',
    );
  });

  t.test(`${name} has no memory that is both writable and executable`, async (t) => {
    const both = PF.write | PF.execute;
    t.notOk(segments.some((segment) => segment.type === PT.load && (segment.access & both) === both));
    const stack = segments.filter((segment) => segment.type === PT.gnuStack);
    t.equal(stack.length, 1, 'the stack is declared');
    t.notOk(
      stack.some((segment) => (segment.access & PF.execute) !== 0),
      'and not executable',
    );
    t.notOk(dynamic.has(DT.textrel) || flag(DT.flags, DF.textrel), 'relocation does not write to code');
  });

  t.test(`${name} has its relocated tables read-only, all of them before it runs`, async (t) => {
    const relro = segments.find((segment) => segment.type === PT.gnuRelro);
    for (const wanted of ['.data.rel.ro', '.dynamic', '.got']) {
      const section = sections.find((each) => each.name === wanted);
      if (relro === undefined || section === undefined) {
        t.fail(`no ${wanted} that is protected`);
        continue;
      }
      t.ok(section.address >= relro.address, `${wanted} begins where it is protected`);
      t.ok(section.address + section.size <= relro.address + relro.size, `${wanted} ends where it is protected`);
    }
    t.ok(flag(DT.flags, DF.bindNow) || flag(DT.flags1, DF_1.now), 'nothing is bound later');
  });
}

const x64 = process.arch === 'x64' ? {} : { skip: 'elsewhere a canary is not read through one instruction' };

t.test('code compiled from C has stack protectors', x64, async (t) => {
  // sub %fs:0x28, …: the end of a function with a canary. The C library has its share in both executables.
  const check = Buffer.from('64482b042528000000', 'hex').toString('latin1');
  const checks = (name: string) => readFileSync(executable(name)).toString('latin1').split(check).length - 1;
  const engine = checks('conmon') - checks('miniruntime');
  t.ok(engine > 100, `${engine} functions more than in an executable without the engine`);
});
