/** The Debian packages that the README names are in the list that tests and CI use. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { page, ROOT, section } from './page.js';

const PACKAGES: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(`${ROOT}scripts/debian-packages.json`, 'utf8'),
);

void t.test('every package of "Try it" is in scripts/debian-packages.json', async (t) => {
  const text = section(page('README.md'), '## Try it').replaceAll(/^```[\s\S]*?^```/gm, '');
  const named = [...text.matchAll(/`([a-z][a-z0-9+-]*)`/g)].map(([, name = '']) => name);
  t.ok(named.length >= 5, 'some are named');
  for (const name of named) t.ok(name in PACKAGES, name);
});
