/** The bundle as hosts run it: in an engine that has the language, JSON, and little else. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import t from 'tap';
import ts from 'typescript';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { LOG_FORMATS } from '../../ts/planner/plan.js';
import { FILE_DRIVERS, HELP, KINDS, SPELLINGS } from '../../ts/planner/tables.js';
import { CONMON_VERSION } from '../../ts/planner/version.js';
import { ARGV_VECTORS, holds, PLAN_VECTORS } from './vectors.js';

/** What the embedded engine has. */
const GLOBALS = ['Array', 'Error', 'JSON', 'Math', 'Number', 'Object', 'String', 'globalThis', 'undefined'];

const directory = t.testdir();
execFileSync(process.execPath, ['scripts/build-planner.mjs', directory]);
const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
/** For Node, and for the embedded engine. */
const [module, script] = [read('planner.js'), read('planner.script.js')];

/** The parts of these kinds in a bundle. */
function found(source: string, isForbidden: (node: ts.Node) => boolean): readonly string[] {
  const texts: string[] = [];
  const tree = ts.createSourceFile('planner.js', source, ts.ScriptTarget.ESNext, true);
  const visit = (node: ts.Node): void => {
    if (isForbidden(node)) texts.push(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return texts;
}

/** Runs the script in a context of its own, which holds only {@link GLOBALS}, and calls it with JSON. */
function bareWorld(): (argv: readonly string[], env: object, cwd: string) => unknown {
  const context = vm.createContext(Object.create(null));
  vm.runInContext(
    `for (const name of Object.getOwnPropertyNames(globalThis)) {
       if (!${JSON.stringify(GLOBALS)}.includes(name)) delete globalThis[name];
     }`,
    context,
  );
  const left = vm.runInContext('Object.getOwnPropertyNames(globalThis).join()', context).split(',');
  t.same(
    left.filter((name: string) => !GLOBALS.includes(name)),
    ['Infinity', 'NaN'],
  );
  vm.runInContext(
    `${script}
     function call(argv, env, cwd) {
       const host = { cwd: () => cwd, isExecutable: () => true, whyNotExecutable: () => '' };
       return JSON.stringify(plan(JSON.parse(argv), (name) => JSON.parse(env)[name], host));
     }`,
    context,
  );
  const call: unknown = vm.runInContext('call', context);
  if (typeof call !== 'function') throw new Error('the bundle was not loaded');
  return (argv, env, cwd) => JSON.parse(call(JSON.stringify(argv), JSON.stringify(env), cwd));
}

t.test('the bundle imports nothing', async (t) => {
  const isImport = (node: ts.Node) =>
    ts.isImportDeclaration(node) ||
    node.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined);
  for (const source of [module, script]) t.same(found(source, isImport), []);
});

t.test('the bundle has no syntax that the engine was built without', async (t) => {
  t.same(found(script, ts.isRegularExpressionLiteral), []);
  t.same(found(script, ts.isBigIntLiteral), []);
  t.same(
    found(script, (node) => node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)),
    [],
  );
});

t.test('of Math only what the executable links is used, and no power', async (t) => {
  const isMath = (node: ts.Node): boolean =>
    ts.isPropertyAccessExpression(node) && node.expression.getText() === 'Math';
  const names = new Set(found(script, isMath));
  t.same(
    [...names].filter((name) => !['Math.floor', 'Math.max', 'Math.min'].includes(name)),
    [],
  );
  t.equal(found(script, (node) => ts.isIdentifier(node) && node.text === 'Math').length, found(script, isMath).length);
  t.same(
    found(script, (node) => node.kind === ts.SyntaxKind.AsteriskAsteriskToken),
    [],
  );
});

t.test('the module exports what hosts call', async (t) => {
  const names = found(module, ts.isExportSpecifier).map((text) => text.split(' as ').at(-1));
  t.same(names, ['plan']);
});

t.test('the bundle works with the language and JSON alone', async (t) => {
  const call = bareWorld();
  for (const { name, argv, env, cwd, result } of PLAN_VECTORS) t.same(call(argv, env, cwd), result, name);
  for (const { name, argv, env = {}, expect } of ARGV_VECTORS) t.ok(holds(call(argv, env, '/cwd'), expect), name);
});

t.test('the values that the build inserts are those that the sources compute', async (t) => {
  t.same(bareWorld()(['--help'], {}, '/'), { text: { stdout: HELP, status: 0 } });
  for (const constants of [SPELLINGS, KINDS]) {
    for (const [name, value] of Object.entries(constants)) {
      t.ok(
        [`"${name}":"${value}"`, `${name}:"${value}"`].some((text) => script.includes(text)),
        name,
      );
    }
  }
});

t.test('of the formats of log files only the names are in it', async (t) => {
  t.ok(script.includes(JSON.stringify(FILE_DRIVERS)));
  for (const text of Object.values(LOG_FORMATS)) t.notOk(script.includes(text), text);
});

t.test('the option table stays out: its texts are in the help already', async (t) => {
  t.notOk(script.includes(OPTION_SPECS['pidfile']?.describe ?? ''));
});

t.test('--version names the version of the package and, in a clone, the commit', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const result = bareWorld()(['--version'], {}, '/');
  const ours = `conmon-node-${version.replaceAll('.', '\\.')}`;
  const stdout = new RegExp(`^conmon version ${CONMON_VERSION}\\ncommit: ${ours}-([0-9a-f]{40}(-dirty)?|unknown)\\n$`);
  t.match(result, { text: { stdout, status: 0 } });
});
