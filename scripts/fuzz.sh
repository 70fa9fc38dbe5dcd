#!/bin/bash
# Builds the fuzz targets (fuzz/) and runs them.
#
#     npm run fuzz                        each for four seconds, as npm test does
#     npm run fuzz -- TARGET [SECONDS]    one, for an hour by default
#
# The layout is cargo-fuzz's; what it would pass to a nightly compiler, the stable one takes with RUSTC_BOOTSTRAP. What a run
# finds that is new is kept below fuzz/corpus, an input that breaks a rule below fuzz/artifacts; neither is in git.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../fuzz"

mapfile -t targets < <(cd fuzz_targets && ls ./*.rs | sed 's#^\./\(.*\)\.rs$#\1#')
seconds=4
if (($# > 0)); then
  [[ " ${targets[*]} " == *" $1 "* ]] || { echo "there is no fuzz target $1, but ${targets[*]}" >&2; exit 1; }
  targets=("$1")
  seconds=${2:-3600}
fi

# Given, so that build scripts get none of these flags.
machine=$(rustc -vV | sed -n 's/^host: //p')
flags=(--cfg fuzzing -Cpasses=sancov-module)
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=("-Cllvm-args=-sanitizer-coverage-$option")
done
RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]}" cargo build --quiet --release --target "$machine"

status=0
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target" "artifacts/$target"
  # An input that takes ten seconds has found something.
  if output=$("target/$machine/release/$target" "corpus/$target" "seeds/$target" -timeout=10 \
    "-max_total_time=$seconds" "-artifact_prefix=artifacts/$target/" 2>&1); then
    echo "$target: $(sed -n 's/^Done \([0-9]* runs\).*/\1/p' <<<"$output")"
  else
    printf '%s\n%s: failed, see fuzz/artifacts/%s\n' "$output" "$target" "$target" >&2
    status=1
  fi
done
exit $status
