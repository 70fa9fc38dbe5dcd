import t from 'tap';
import { lastLine, tallyCargo, tallyTap } from '../../scripts/tally.mjs';

const TAP = `TAP version 14
# Subtest: __test__/a.test.ts
    # Subtest: first rule
        ok 1 - should be equal
        # Subtest: inner
            ok 1 - should be equal
            1..1
        ok 2 - inner # time=2.316ms
        1..2
    ok 1 - first rule # time=7.105ms
    ok 2 - skipped rule # SKIP missing packages: crun
    # Subtest: second rule
        not ok 1 - one is two
          ---
          source: |
            ok 1 - indented, not counted
            not ok 2 - nor is this
          ...
        1..1
    not ok 3 - second rule # time=14.254ms
    ok 4 - outside of any group
    # Subtest: third rule
        ok 1 - of \\# one # SKIP
        1..1
    ok 5 - third rule
    1..5
not ok 1 - __test__/a.test.ts # time=43.071ms
# Subtest: __test__/crashed.test.ts
    1..0 # no tests found
not ok 2 - __test__/crashed.test.ts # time=800.315ms
  ---
  exitCode: 1
  ...
# Subtest: __test__/assertions.test.ts
    ok 1 - should be equal
    ok 2 - should be equal
    1..2
ok 3 - __test__/assertions.test.ts
1..3
`;

t.test('tests are counted, not assertions; a crashed file is a failure', async (t) => {
  const { passed, failures, skips } = tallyTap(TAP);
  // inner, first rule with its own assertion, what is outside of groups in a, and the file of assertions.
  t.equal(passed, 3);
  t.same(
    failures.map(({ name }) => name),
    ['__test__/a.test.ts > second rule', '__test__/crashed.test.ts'],
  );
  t.match(failures[0]?.text, /^one is two\nsource: \|/);
  t.match(failures[1]?.text, 'exitCode: 1');
  t.same(skips, [
    { name: '__test__/a.test.ts > skipped rule', text: 'missing packages: crun' },
    { name: '__test__/a.test.ts > third rule > of # one', text: 'of # one' },
  ]);
});

t.test('without output no test is counted', async (t) => {
  t.same(tallyTap(''), { passed: 0, failures: [], skips: [], late: [] });
  t.same(tallyCargo('error[E0308]: mismatched types'), { passed: 0, failures: [], skips: [], late: [] });
});

const CARGO = `
running 3 tests
test a::one ... ok
test a::two ... FAILED
test a::three ... ignored, needs a tty

failures:

---- a::two stdout ----
thread 'a::two' panicked at src/a.rs:3:5:
oh

failures:
    a::two

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

running 1 test
test b ... something that a test printed ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`;

t.test("cargo's summaries count; names and words come from the lines, as far as they are whole", async (t) => {
  const { passed, failures, skips } = tallyCargo(CARGO);
  t.equal(passed, 2);
  t.match(failures, [{ name: 'a::two', text: /oh/ }, { name: 'a test whose name was torn' }]);
  t.same(skips, [{ name: 'a::three', text: 'needs a tty' }]);
});

t.test('the last line has one form', async (t) => {
  const failure = { name: 'x', text: '' };
  t.equal(lastLine({ passed: 3, failures: [], skips: [], late: [] }), '3 passed, 0 failed');
  t.equal(
    lastLine({ passed: 3, failures: [failure], skips: [{ name: 'y', text: 'z' }], late: [] }),
    '3 passed, 1 failed, 1 skipped',
  );
});
