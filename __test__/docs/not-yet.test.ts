/** What docs/parity.md says about log drivers that are not there yet is true. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { FILE_DRIVERS } from '../../ts/planner/tables.js';
import { page, ROOT, section } from './page.js';

const MISSING = section(page('docs/parity.md'), '## Not there yet');

/** What the executable says when a container is to be logged there; its runtime makes none. */
function complaint(logPath: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'conmon-docs-'));
  try {
    const args = ['--sync', '-c', '0123456789abcdef', '-u', 'u', '-r', '/bin/false', '-b', directory, '--full-attach'];
    const { stderr } = spawnSync(`${ROOT}dist/native/conmon`, [...args, '-l', logPath], {
      cwd: directory,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return stderr;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const driver of [...FILE_DRIVERS, 'journald']) {
  void t.test(`${driver} is in the table of what is missing if, and only if, it is refused`, async (t) => {
    const refused = complaint(driver === 'journald' ? driver : `${driver}:log`).includes('is not supported yet');
    t.equal(MISSING.includes(`\`--log-path ${driver}\``), refused, 'docs/parity.md, section "Not there yet"');
  });
}
