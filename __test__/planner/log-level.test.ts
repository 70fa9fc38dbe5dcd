import t from 'tap';
import { logLevel } from '../../ts/planner/log-level.js';
import { CREATE, planOf, refusalOf } from './support.js';

t.test("the managers' names mean one of our levels, in any case", async (t) => {
  const names = {
    error: ['error', 'fatal', 'panic', 'ERROR'],
    warning: ['warn', 'warning', 'Warning'],
    info: ['info'],
    debug: ['debug', 'DeBuG'],
    trace: ['trace'],
  };
  for (const [level, spellings] of Object.entries(names)) {
    for (const name of spellings) t.equal(logLevel(name), level, name);
  }
});

t.test('warnings are reported unless another level is given', async (t) => {
  t.equal(planOf(CREATE).diagnostics.level, 'warning');
  t.equal(planOf([...CREATE, '--log-level', 'trace']).diagnostics.level, 'trace');
});

t.test('any other name is refused', async (t) => {
  for (const name of ['', 'verbose', ' info', 'infos']) {
    const refusal = refusalOf([...CREATE, '--log-level', name]);
    t.equal(refusal.stderr, `[conmon:e]: No such log level ${name}\n`, name);
  }
});
