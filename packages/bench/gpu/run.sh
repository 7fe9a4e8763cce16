#!/bin/sh
# Runs the suites of devices and kernels, the trajectories of torch and steps of training on a graphics card.
#
#     sh run.sh [device] [steps] [shape]
#
# Needs a Linux machine with an x64 processor and the driver of its graphics card; nothing is downloaded. Ends with 1 if
# anything failed.
device=${1:-webgpu}
steps=${2:-5}
shape=${3:-full}
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export TUNESMITH_DEVICES="$device"
failed=0
cd "$here" || exit 1

echo "== suites on $device"
for suite in $(find packages -name '*.test.mjs' | sort); do
  echo "-- $suite"
  bin/node --test-reporter=dot "$suite" || failed=1
done

echo "== bench train, part (a), $steps steps, shape $shape"
for each in cpu "$device"; do
  echo "-- $each"
  { i=0; while [ $i -lt "$steps" ]; do echo step; i=$((i + 1)); done; echo end; } |
    bin/node packages/bench/src/train/step.mjs "$(nproc)" float32 "$each" "$shape" || failed=1
done
exit $failed
