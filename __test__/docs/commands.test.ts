/** The pages name every command of conmonctl. */
import t from 'tap';
import { COMMANDS } from '../../ts/ctl/commands/index.js';
import { page, section } from './page.js';

void t.test('"Commands" of the README and docs/conmonctl.md name every command of conmonctl', async (t) => {
  const readme = section(page('README.md'), '## Commands');
  const headings =
    page('docs/conmonctl.md')
      .match(/^## .*$/gm)
      ?.join(' ')
      .toLowerCase()
      .split(/\W+/) ?? [];
  for (const { name } of COMMANDS) {
    t.ok(readme.includes(`\`${name}\``), `README.md: ${name}`);
    t.ok(headings.includes(name), `docs/conmonctl.md: ${name}`);
  }
});
