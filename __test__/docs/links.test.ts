/** Links within this project lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { anchors, linksOf, page, PAGES, ROOT } from './page.js';

for (const name of PAGES) {
  void t.test(`every link of ${name} that stays in the project leads to a file and a heading`, async (t) => {
    for (const target of linksOf(page(name))) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? name : relative(ROOT, join(ROOT, dirname(name), file));
      if (!t.ok(existsSync(ROOT + path), target) || anchor === undefined) continue;
      t.ok(anchors(page(path)).has(anchor), target);
    }
  });
}
