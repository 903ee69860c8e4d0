#!/bin/sh
# symbols.sh shows LIBRARY...            every name that a shared library shows begins with reprise::, and mentions no other
#                                        library in what it takes
# symbols.sh only FILE [NAME...]         a program or module shows these names and no other, but for variables of libc
#                                        and its kin (environ@GLIBC) that a program holds a copy of
# symbols.sh needs LIBRARY NAME...       LIBRARY needs no other shared library than these
# symbols.sh lacks FILE...               an archive or object defines nothing of a third-party library
# Prints what breaks the rule, and fails.
set -eu
rule=$1
shift
bad=
others='(httplib|boost|spdlog|fmt|nlohmann|YAML|CLI|dtl)::'
case $rule in
  shows)
    for library in "$@"; do
      names=$(nm -D --defined-only -C "$library" | cut -d' ' -f2-)
      [ -n "$names" ] || { echo "$library shows nothing at all"; exit 1; }
      # A is a version of the export map.
      strange=$(echo "$names" | grep -vE '^A REPRISE_|^[A-Za-z] ((non-virtual |virtual )?thunk to |(typeinfo|vtable|VTT|typeinfo name|construction vtable|guard variable) for )?reprise::' || true)
      strange="$strange$(echo "$names" | grep -E "(^|[^A-Za-z0-9_:])$others" || true)"
      [ -z "$strange" ] || { bad=1; printf '%s shows\n%s\n' "$library" "$strange"; }
    done
    ;;
  only)
    file=$1
    shift
    for shown in $(nm -D --defined-only "$file" | awk '$NF !~ /@/ {print $NF}'); do
      found=
      for name in "$@"; do [ "$shown" = "$name" ] && found=1; done
      [ -n "$found" ] || { bad=1; echo "$file shows $(echo "$shown" | c++filt)"; }
    done
    for name in "$@"; do
      nm -D --defined-only "$file" | grep -q " $name\$" || { bad=1; echo "$file does not show $name"; }
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
      strange=$(nm --defined-only -C "$file" 2>/dev/null | grep -E " $others" || true)
      [ -z "$strange" ] || { bad=1; printf '%s defines\n%s\n' "$file" "$strange"; }
    done
    ;;
  *)
    echo "symbols.sh: no rule \"$rule\""
    exit 2
    ;;
esac
[ -z "$bad" ]
