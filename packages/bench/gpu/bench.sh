#!/bin/sh
# The bench command where it lies, with nothing else installed: sh bench.sh methods --device webgpu ...
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
here=$(cd "$here" && pwd)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/bin/node" "$here/node_modules/@tunesmith/bench/dist/command.js" "$@"
