/** Links within this project lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { page, PAGES, ROOT } from './page.js';

const LINK = /\]\(([^)\s]+)\)/g;

/** The names that headings have as targets of links, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').match(/^#+ .*$/gm) ?? [];
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

for (const name of PAGES) {
  void t.test(`every link of ${name} that stays in the project leads to a file and a heading`, async (t) => {
    for (const [, target = ''] of page(name).matchAll(LINK)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? name : relative(ROOT, join(ROOT, dirname(name), file));
      if (!t.ok(existsSync(ROOT + path), target) || anchor === undefined) continue;
      t.ok(anchors(page(path)).has(anchor), target);
    }
  });
}
