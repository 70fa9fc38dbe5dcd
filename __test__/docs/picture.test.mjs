/** The picture of a session in the README is one of the commands that are typed for it: npm run picture. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { COMMANDS } from '../../docs/pictures/session.mjs';
import { at } from '../../scripts/project.mjs';

const read = (...path) => readFileSync(at(...path), 'utf8');

/** What the picture shows, line by line. */
const SHOWN = [...read('docs', 'pictures', 'session.svg').matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, line]) =>
  line
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&'),
);

t.test('every command that is typed is shown, in its order', async (t) => {
  t.same(
    SHOWN.filter((line) => line.startsWith('$ ')),
    COMMANDS.map(({ line }) => `$ ${line}`),
  );
});

t.test('it was recorded with this version', async (t) => {
  t.match(SHOWN.join('\n'), `conmon-node ${JSON.parse(read('package.json')).version}`);
});
