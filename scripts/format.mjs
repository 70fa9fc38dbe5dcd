/**
 * `npm run format`: lays out TypeScript, JavaScript, JSON, Markdown and Rust.
 * @module
 */
import { installPackages } from './install.mjs';
import { runMain } from './problem.mjs';
import { at, ROOT } from './project.mjs';
import { run } from './run.mjs';

await runMain(async () => {
  await installPackages();
  const prettier = await run(at('node_modules', '.bin', 'prettier'), ['--write', '--log-level=warn', '.'], {
    cwd: ROOT,
    live: true,
  });
  const rustfmt = await run('cargo', ['fmt', '--all'], { cwd: ROOT, live: true });
  return Math.max(prettier.status, rustfmt.status);
});
