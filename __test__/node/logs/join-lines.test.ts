import t from 'tap';
import { joinLines } from '../../../ts/node/logs/join-lines.js';
import type { LogRecord } from '../../../ts/node/logs/record.js';

async function* records(...given: readonly string[]): AsyncGenerator<LogRecord> {
  for (const [index, each] of given.entries()) {
    const [stream = '', tag = '', text = ''] = each.split(' ');
    yield {
      time: String(index),
      stream: stream === 'o' ? 'stdout' : 'stderr',
      partial: tag === 'P',
      text: Buffer.from(text),
    };
  }
}

async function join(given: readonly string[], longest?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { time, stream, partial, text } of joinLines(records(...given), longest)) {
    found.push(`${time} ${stream === 'stdout' ? 'o' : 'e'} ${partial ? 'P' : 'F'} ${text.toString()}`);
  }
  return found;
}

t.test('parts of a stream become a line, with the time of the first', async (t) => {
  t.same(await join(['o P a', 'o P b', 'o F c', 'o F d']), ['0 o F abc', '3 o F d']);
});

t.test('streams do not mix', async (t) => {
  t.same(await join(['o P a', 'e F x', 'o P b', 'e P y', 'o F c', 'e F z']), ['1 e F x', '0 o F abc', '3 e F yz']);
});

t.test('a line without an end is a part', async (t) => {
  t.same(await join(['o F a', 'o P b', 'e P x']), ['0 o F a', '1 o P b', '2 e P x']);
});

t.test('a line that is too long is returned in parts', async (t) => {
  t.same(await join(['o P aa', 'o P bb', 'o P cc', 'o F d'], 4), ['0 o P aabb', '2 o F ccd']);
});
