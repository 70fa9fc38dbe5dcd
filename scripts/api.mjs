/**
 * `npm run api`: writes docs/api.md, the reference of the library, generated from the TSDoc in the
 * sources. An export without a comment is an error. A path given as an argument is written instead.
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, Converter, ReflectionKind } from 'typedoc';
import { at, Problem, runMain } from './project.mjs';

/** @returns {Promise<string>} the page */
async function page() {
  const directory = await mkdtemp(join(tmpdir(), 'conmon-api-'));
  try {
    const app = await Application.bootstrapWithPlugins({ options: at('scripts', 'typedoc.json'), out: directory });
    // Constructors are not part of the API, and the name of an error is that of its class.
    app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
      const { Class, Constructor, Property } = ReflectionKind;
      for (const each of project.getReflectionsByKind(Constructor | Property)) {
        const isName = each.name === 'name' && each.parent?.kindOf(Class);
        if (each.kindOf(Constructor) || isName) project.removeReflection(each);
      }
    });
    const project = await app.convert();
    if (project === undefined || app.logger.hasErrors()) throw new Problem('the sources cannot be read; see above.');
    app.validate(project);
    await app.generateOutputs(project);
    if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Problem('an export lacks something; see above.');
    return await readFile(join(directory, 'api.md'), 'utf8');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

await runMain(async () => {
  await writeFile(process.argv[2] ?? at('docs', 'api.md'), await page());
  return 0;
});
