#!/bin/sh
# symbols.sh shows LIBRARY...            every name that a shared library shows begins with reprise::
# symbols.sh needs LIBRARY NAME...       LIBRARY needs no other shared library than these
# symbols.sh lacks FILE...               an archive or object defines nothing of a third-party library
# Prints what breaks the rule, and fails.
set -eu
rule=$1
shift
bad=
case $rule in
  shows)
    for library in "$@"; do
      names=$(nm -D --defined-only -C "$library" | cut -d' ' -f2-)
      [ -n "$names" ] || { echo "$library shows nothing at all"; exit 1; }
      # A is a version of the export map.
      strange=$(echo "$names" | grep -vE '^A REPRISE_|^[A-Za-z] ((non-virtual |virtual )?thunk to |(typeinfo|vtable|VTT|typeinfo name|construction vtable|guard variable) for )?reprise::' || true)
      [ -z "$strange" ] || { bad=1; printf '%s shows\n%s\n' "$library" "$strange"; }
    done
    ;;
  needs)
    library=$1
    shift
    for needed in $(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
      found=
      for name in "$@"; do
        case $needed in "$name".so*) found=1 ;; esac
      done
      [ -n "$found" ] || { bad=1; echo "$library needs $needed"; }
    done
    ;;
  lacks)
    for file in "$@"; do
      strange=$(nm --defined-only -C "$file" 2>/dev/null | grep -E ' (httplib|boost|spdlog|fmt|nlohmann|YAML|CLI|dtl)::' || true)
      [ -z "$strange" ] || { bad=1; printf '%s defines\n%s\n' "$file" "$strange"; }
    done
    ;;
  *)
    echo "symbols.sh: no rule \"$rule\""
    exit 2
    ;;
esac
[ -z "$bad" ]
