/** `conmonctl logs` of files that other users may have planted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createWriteStream } from 'node:fs';
import t, { type Test } from 'tap';
import { CONMONCTL } from '../ctl/live.js';
import { command, type CommandOptions, type Result } from '../support/command.js';
import { needs } from '../support/needs.js';

const MEBIBYTE = 1 << 20;
/** Node itself takes some 100 MB. */
const LIMIT = 400 * MEBIBYTE;
const NEEDED = needs('prlimit');

const record = (text: string): string => `2026-11-29T00:00:00.000000000+00:00 stdout F ${text}\n`;

const logs = (args: readonly string[], options: CommandOptions = {}): Promise<Result> =>
  command(['prlimit', `--data=${LIMIT}`, '--', CONMONCTL, 'logs', ...args], { patience: 60_000, ...options });

function directory(t: Test): string {
  const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-logs-`));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

void t.test('a FIFO, a directory or a device at the path of a log is an error', NEEDED, async (t) => {
  const dir = directory(t);
  spawnSync('mkfifo', [`${dir}/fifo`]);
  for (const path of [`${dir}/fifo`, dir, '/dev/zero']) {
    t.match(await logs([path]), { code: 125, stderr: /it is not a regular file/ }, path);
  }
});

void t.test('files that no rotation left next to the log cost nothing', NEEDED, async (t) => {
  const dir = directory(t);
  writeFileSync(`${dir}/ctr.log`, record('now'));
  writeFileSync(`${dir}/ctr.log.1`, record('one'));
  writeFileSync(`${dir}/ctr.log.2`, record('two'));
  for (const other of ['20261123', '1795430000', '4294967296', '100000', '99999999999999999999', '0', '01', '-1']) {
    writeFileSync(`${dir}/ctr.log.${other}`, record(`not ${other}`));
  }
  const { code, text, stderr } = await logs([`${dir}/ctr.log`]);
  t.strictSame([code, text, stderr], [0, 'two\none\nnow\n', '']);
});

void t.test('a FIFO or a device in place of a kept file is not opened', NEEDED, async (t) => {
  const dir = directory(t);
  writeFileSync(`${dir}/ctr.log`, record('now'));
  execFileSync('mkfifo', [`${dir}/ctr.log.1`, `${dir}/ctr.log.2.gz`, `${dir}/ctr.log.20261129-000000`]);
  const { code, text, stderr } = await logs([`${dir}/ctr.log`]);
  t.strictSame([code, text, stderr], [0, 'now\n', '']);
});

void t.test(
  'a small file that unpacks to half a gigabyte without a newline is read with little memory',
  NEEDED,
  async (t) => {
    const dir = directory(t);
    writeFileSync(`${dir}/ctr.log`, record('now'));
    const zeros = Buffer.alloc(MEBIBYTE);
    const pieces = Readable.from(
      (function* () {
        for (let count = 0; count < 512; count += 1) yield zeros;
      })(),
    );
    await pipeline(pieces, createGzip(), createWriteStream(`${dir}/ctr.log.1.gz`));
    const { code, text, stderr } = await logs([`${dir}/ctr.log`]);
    t.strictSame([code, text], [0, 'now\n']);
    t.match(stderr, 'ctr.log.1.gz');
    t.ok(stderr.length < 2000, 'one short message');
  },
);

void t.test('a line of half a gigabyte is reported, and what is around it is read', NEEDED, async (t) => {
  const dir = directory(t);
  const path = `${dir}/ctr.log`;
  const fd = openSync(path, 'w');
  writeSync(fd, record('before') + record('').slice(0, -1));
  // The rest of the file is a hole.
  writeSync(fd, `\n${record('after')}`, 512 * MEBIBYTE);
  closeSync(fd);
  const all = await logs([path]);
  t.strictSame([all.code, all.text], [0, 'before\nafter\n']);
  t.match(all.stderr, `${path}: `);
  const tail = await logs(['--tail', '2', path]);
  t.strictSame([tail.code, tail.text], [0, 'before\nafter\n']);
});

void t.test('a word without a slash is not a file', NEEDED, async (t) => {
  const dir = directory(t);
  // No container of another test has this name.
  const word = `web-${process.pid}`;
  writeFileSync(`${dir}/${word}`, record('from the file'));
  const bare = await logs([word], { cwd: dir });
  t.strictSame([bare.code, bare.text], [1, '']);
  t.match(bare.stderr, `conmonctl logs ./${word}`);
  t.equal((await logs([`./${word}`], { cwd: dir })).text, 'from the file\n');
});

// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;

void t.test('times and messages have no effect on the terminal', NEEDED, async (t) => {
  const dir = directory(t);
  const name = `${dir}/c\x1b[2Jtr.log`;
  writeFileSync(name, '2026-11-29T\x1b]0;pwned\x07\u009b stdout F text\n\x1b[31m\u009bno record\n');
  const { text, stderr } = await logs(['--timestamps', name]);
  t.notMatch(text + stderr, CONTROL);
  t.same([text, stderr.match(/malformed record/g)?.length], ['', 2]);
  writeFileSync(name, record('a\x7f\u009b\x1bb'));
  const json = await logs(['--json', name]);
  t.notMatch(json.text, CONTROL);
  t.equal(JSON.parse(json.text).text, 'a\x7f\u009b\x1bb');
});
