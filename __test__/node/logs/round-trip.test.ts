/** What a container prints is what the reader of its log gives back, per stream and byte for byte. */
import { ok, strictEqual } from 'node:assert';
import { existsSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import t, { type Test } from 'tap';
import { readLog } from '../../../ts/node/logs/read-log.js';
import type { LogStream } from '../../../ts/node/logs/record.js';
import { actor } from '../../support/actor.js';
import { createArguments } from '../../support/arguments.js';
import { launch } from '../../support/monitor.js';
import { cases } from '../../support/properties.js';
import { scene } from '../../support/scene.js';

/** One write(2) of the container. */
interface Write {
  readonly stream: LogStream;
  readonly bytes: Buffer;
}

const BYTES = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const SPECIAL = fc
  .constantFrom(
    '',
    '\n',
    '\r\n',
    '\0',
    '\r',
    '\xff',
    '\xc3',
    '\xe2\x80',
    '"\\<&>',
    '\xe2\x80\xa8',
    '\xef\xbf\xbd',
    ' F ',
  )
  .map((text) => Buffer.from(text, 'latin1'));
/** Lines as long as the monitor's buffer, a record or several of them, a few bytes more or less. */
const LONG = fc
  .tuple(
    fc.constantFrom(4096, 8192, 16_384, 32_768, 65_536),
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom('x', 'é', '\xff'),
  )
  .map(([length, more, text]) => Buffer.alloc(length + more, text, text === 'é' ? 'utf8' : 'latin1'));
const PART = fc.oneof(
  { weight: 4, arbitrary: BYTES },
  { weight: 4, arbitrary: SPECIAL },
  { weight: 1, arbitrary: LONG },
);
const LINE = fc.array(PART, { maxLength: 4 }).map((parts) => Buffer.concat(parts));
const TEXT = fc
  .tuple(fc.array(LINE, { maxLength: 6 }), fc.constantFrom('\n', ''))
  .map(([lines, end]) =>
    Buffer.concat(lines.flatMap((line, at) => [line, Buffer.from(at < lines.length - 1 ? '\n' : end)])),
  );
/** Text for both streams, in pieces that end anywhere. */
const WRITES: Arbitrary<readonly Write[]> = fc
  .array(
    fc
      .tuple(fc.constantFrom<LogStream>('stdout', 'stderr'), TEXT, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([stream, text, place]) => {
        const cut = Math.floor(text.length * place);
        return [text.subarray(0, cut), text.subarray(cut)].map((bytes) => ({ stream, bytes }));
      }),
    { minLength: 10, maxLength: 100, size: 'max' },
  )
  .map((writes) => writes.flat());

/** Node may have made the pipes non-blocking. */
const WRITER = `
  import { readFileSync, writeSync } from 'node:fs';
  function write(fd, bytes) {
    try {
      return writeSync(fd, bytes);
    } catch (error) {
      if (error.code === 'EAGAIN') return 0;
      throw error;
    }
  }
  for (const [fd, text] of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
    for (let rest = Buffer.from(text, 'base64'); rest.length > 0;) rest = rest.subarray(write(fd, rest));
  }`;

/** Runs a container that writes this; its log. */
async function logOf(t: Test, writes: readonly Write[], driver: string, settings: Settings): Promise<string> {
  const s = scene(t);
  const words = writes.map(({ stream, bytes }) => [stream === 'stdout' ? 1 : 2, bytes.toString('base64')]);
  writeFileSync(`${s.dir}/writes.json`, JSON.stringify(words));
  writeFileSync(`${s.dir}/writer.mjs`, WRITER);
  const payload = `exec '${process.execPath}' '${s.dir}/writer.mjs' '${s.dir}/writes.json'`;
  const runtime = actor(s, { payload, ungated: true });
  const args = createArguments(s, runtime.path, settings.args, { '-l': `${driver}:${s.log}` });
  const run = launch(t, s, args, { env: settings.env });
  strictEqual(await run.finished(), '0');
  return s.log;
}

/** The output of each stream as the reader has it. */
async function read(log: string): Promise<Record<LogStream, Buffer>> {
  const found: Record<LogStream, Buffer[]> = { stdout: [], stderr: [] };
  for await (const { stream, text, partial } of readLog(log)) {
    found[stream].push(Buffer.from(text), Buffer.from(partial ? '' : '\n'));
  }
  return { stdout: Buffer.concat(found.stdout), stderr: Buffer.concat(found.stderr) };
}

/** The characters of UTF-8 (RFC 3629, section 4), or else one byte. */
const CHARACTER =
  /[^\x80-\xff]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([^])/g;

/** Each byte that is not part of a character becomes U+FFFD. */
function lossy(bytes: Buffer): Buffer {
  const replaced = (found: string, invalid?: string): string => (invalid === undefined ? found : '\xef\xbf\xbd');
  return Buffer.from(bytes.toString('latin1').replace(CHARACTER, replaced), 'latin1');
}

interface Settings {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const ROTATE = ['--log-size-max', '50000', '--log-rotate', '--log-max-files', '1000'];
const SETTINGS: Readonly<Record<string, Settings>> = {
  'in one file': { args: [], env: {} },
  'in rotated files': { args: ROTATE, env: {} },
  'in compressed files': { args: ROTATE, env: { CONMON_LOG_COMPRESS: 'gzip' } },
};

for (const [driver, kept] of [
  ['k8s-file', (bytes: Buffer): Buffer => bytes],
  ['json-file', lossy],
] as const) {
  for (const [where, settings] of Object.entries(SETTINGS)) {
    t.test(`${driver} ${where}: a reader gets back what was written to each stream`, async (t) => {
      let rotated = false;
      await fc.assert(
        fc.asyncProperty(WRITES, async (writes) => {
          const log = await logOf(t, writes, driver, settings);
          const found = await read(log);
          rotated ||= existsSync(`${log}.1`) || existsSync(`${log}.1.gz`);
          for (const stream of ['stdout', 'stderr'] as const) {
            const written = writes.filter((write) => write.stream === stream).map(({ bytes }) => bytes);
            const expected = kept(Buffer.concat(written));
            const same = found[stream].equals(expected);
            ok(same, `${stream}: ${found[stream].length} bytes instead of ${expected.length}`);
          }
        }),
        cases(2),
      );
      t.equal(rotated, settings.args.length > 0, 'there are kept files only with rotation');
    });
  }
}
