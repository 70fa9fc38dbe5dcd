#!/bin/bash
# Runs __test__/vm/life.test.ts on the kernels of several releases of Debian, each with cgroup v1, with both, and with v2.
#
#   scripts/vm-kernels.sh [SUITE…]     absent: 5.10 (bullseye), 6.1 (bookworm), 6.12 (trixie) and the newest (sid)
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
[ $# -gt 0 ] || set -- bullseye bookworm trixie sid
export CONMON_TEST_HIERARCHIES='v1 hybrid v2' CONMON_TEST_KERNEL
failed=()
for suite; do
  CONMON_TEST_KERNEL=$(scripts/vm-kernel.sh "$suite") &&
    node_modules/.bin/tap --reporter=tap --no-color --timeout=1800 __test__/vm/life.test.ts || failed+=("$suite")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
