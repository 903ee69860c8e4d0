#!/bin/sh
# pkgconfig.sh PREFIX COMPILER MODULE SOURCE PROGRAM [FLAG...]: compiles SOURCE with what pkg-config says of MODULE, and runs it.
set -eu
prefix=$1
compiler=$2
module=$3
source=$4
program=$5
shift 5
PKG_CONFIG_PATH=$(find "$prefix" -name pkgconfig -type d)
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir "$module")
# shellcheck disable=SC2046
"$compiler" "$@" -std=c++17 "$source" -o "$program" $(pkg-config --cflags --libs "$module") -Wl,-rpath,"$libdir"
"$program"
