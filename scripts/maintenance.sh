#!/bin/sh
# A harmless maintenance run for the sample playbook: it looks, counts and reports. It changes nothing.
set -eu

task="${1:-check}"
target="${2:-web}"

case "$task" in
  check | clean-caches | rotate-logs) ;;
  *)
    echo "unknown task: $task (check, clean-caches or rotate-logs)" >&2
    exit 64
    ;;
esac

echo "maintenance of $target: $task"
for part in 1 2 3 4 5; do
  echo "  part $part of 5: looked at $target-$part, nothing to do"
  sleep 0.3
done
echo "done: 5 parts looked at, 0 changed"
