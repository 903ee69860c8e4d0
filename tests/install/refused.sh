#!/bin/sh
# refused.sh COMPILER SOURCE FLAG...: SOURCE compiles, and does not with -DBAD_LINE. So it is the bad line that is refused.
set -eu
compiler=$1
source=$2
shift 2
"$compiler" "$@" -fsyntax-only "$source" || { echo "$source does not compile even without its bad line"; exit 1; }
if "$compiler" "$@" -fsyntax-only -DBAD_LINE "$source" 2>/dev/null; then
  echo "the bad line of $source compiles"
  exit 1
fi
