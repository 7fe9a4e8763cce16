#!/bin/sh
# Runs everything in this folder on a graphics card: see run.mjs.
#
#     sh run.sh [device] [steps] [shape]
#
# Needs a Linux machine with an x64 processor and the driver of its graphics card, and nothing else: no program is looked for,
# nothing is downloaded. Ends with 1 if anything failed.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
here=$(cd "$here" && pwd)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/bin/node" "$here/run.mjs" "$@"
