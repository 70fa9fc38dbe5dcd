/** What the library exports, and the codes that distinguish its errors. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import * as library from '../../ts/node/index.js';
import { ROOT } from '../support/target.js';

const REFUSAL = { status: 1, stderr: '', replies: [], syslog: null };

const CODES: Readonly<Record<string, { readonly error: Error; readonly code: string }>> = {
  AttachError: { error: new library.AttachError('x'), code: 'ERR_CONMON_ATTACH' },
  BundleError: { error: new library.BundleError('x'), code: 'ERR_CONMON_BUNDLE' },
  ContainerError: {
    error: new library.ContainerError('ERR_CONMON_CONTAINER_ENDED', 'box', 'x'),
    code: 'ERR_CONMON_CONTAINER_ENDED',
  },
  ControlError: { error: new library.ControlError('x'), code: 'ERR_CONMON_CONTROL' },
  InstallationError: {
    error: new library.InstallationError('ERR_CONMON_EXECUTABLE_NOT_FOUND', 'x'),
    code: 'ERR_CONMON_EXECUTABLE_NOT_FOUND',
  },
  LogError: { error: new library.LogError('x'), code: 'ERR_CONMON_LOG' },
  MalformedRecord: {
    error: new library.MalformedRecord('/log', 0, Buffer.from('x')),
    code: 'ERR_CONMON_MALFORMED_RECORD',
  },
  MonitorError: { error: new library.MonitorError('x'), code: 'ERR_CONMON_MONITOR' },
  PlanError: { error: new library.PlanError(REFUSAL), code: 'ERR_CONMON_PLAN' },
  RuntimeError: { error: new library.RuntimeError('/runc', 'start', 'x'), code: 'ERR_CONMON_RUNTIME' },
};

t.test('every exported error has a code of its own, and its name', async (t) => {
  const exported = Object.entries(library).filter(([, value]) => value.prototype instanceof Error);
  t.same(exported.map(([name]) => name).toSorted(), Object.keys(CODES));
  const guide = readFileSync(`${ROOT}docs/library.md`, 'utf8');
  for (const [name, { error, code }] of Object.entries(CODES)) {
    t.match(error, { name, code });
    t.match(guide, new RegExp(`^\\| \`${name}\` +\\| \`${code}\` +\\|`, 'm'), `docs/library.md has ${name}`);
  }
});

t.test('a runtime that printed nothing is reported with its status', async (t) => {
  t.match(new library.RuntimeError('/runc', 'start', ' no such container\n', 1), {
    message: '/runc start failed: no such container',
    stderr: 'no such container',
  });
  t.match(new library.RuntimeError('/runc', 'kill', '', 137), {
    message: '/runc kill failed: status 137, with no output',
  });
});
