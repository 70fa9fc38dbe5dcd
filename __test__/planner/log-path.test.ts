import t from 'tap';
import { parseLogPath } from '../../ts/planner/log-path.js';
import { LOG_FORMATS } from '../../ts/planner/plan.js';
import { Refused } from '../../ts/planner/refused.js';

const K8S = (path: string) => ({ kind: 'file', format: 'k8s-file', path });

const TABLE: readonly (readonly [value: string, target: object | string])[] = [
  ['k8s-file:/log', K8S('/log')],
  ['/log', K8S('/log')],
  ['log', K8S('log')],
  [':/log', K8S('/log')],
  ['journald', { kind: 'journald' }],
  ['journald:', { kind: 'journald' }],
  ['journald:x', { kind: 'journald' }],
  [':journald', K8S('journald')],
  ['passthrough', { kind: 'passthrough' }],
  ['passthrough:', { kind: 'passthrough' }],
  [':passthrough', K8S('passthrough')],
  ['none', { kind: 'none' }],
  ['none:', { kind: 'none' }],
  ['off', { kind: 'none' }],
  ['off:', { kind: 'none' }],
  ['null', { kind: 'none' }],
  ['null:x', { kind: 'none' }],
  [':none', K8S('none')],
  [':k8s-file', K8S('k8s-file')],
  ['json-file:/log', { kind: 'file', format: 'json-file', path: '/log' }],
  ['k8s-file:/a:b', K8S('/a:b')],
  ['k8s-file::', K8S(':')],
  [':a:b', K8S('a:b')],
  ['/a:b', K8S('/a:b')],
  ['./a:b', K8S('./a:b')],
  ['k8s-file:\udcff', K8S('\udcff')],
  ['', 'log-path must not be empty'],
  [':', 'log-path must not be empty'],
  ['k8s-file', 'k8s-file requires a filename'],
  ['k8s-file:', 'k8s-file requires a filename'],
  ['json-file', 'json-file requires a filename'],
  ['json-file:', 'json-file requires a filename'],
  ['x:y', 'No such log driver x'],
  ['x:', 'No such log driver x'],
  ['K8S-FILE:/log', 'No such log driver K8S-FILE'],
];

t.test('every format of log files is a driver', async (t) => {
  for (const format of Object.keys(LOG_FORMATS))
    t.same(parseLogPath(`${format}:/log`), { kind: 'file', format, path: '/log' });
});

t.test('a log path is a driver, a path, or both', async (t) => {
  for (const [value, target] of TABLE) {
    if (typeof target === 'string') t.throws(() => parseLogPath(value), new Refused('detailed', target), value);
    else t.same(parseLogPath(value), target, value);
  }
});
