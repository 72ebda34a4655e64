#!/bin/sh
# Says where it runs, slowly enough to be watched.
echo "hello from $(uname -n): $(uname -s) $(uname -m), user $(id -un)"
for step in 1 2 3 4 5; do
  sleep 0.4
  echo "step $step of 5"
done
echo "nothing was changed on this machine" >&2
