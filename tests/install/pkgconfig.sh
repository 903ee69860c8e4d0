#!/bin/sh
# pkgconfig.sh PREFIX COMPILER MODULE SOURCE PROGRAM [ARGUMENT...]: compiles SOURCE with what pkg-config says of MODULE, and runs it.
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
# What pkg-config prints is quoted for a shell.
eval "\"\$compiler\" -std=c++17 \"\$source\" -o \"\$program\" $(pkg-config --cflags "$module") \"\$@\" $(pkg-config --libs "$module")" \
  -Wl,-rpath,"$libdir"
"$program"
