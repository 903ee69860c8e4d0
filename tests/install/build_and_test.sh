#!/bin/sh
# build_and_test.sh SOURCE BUILD [CMAKE-ARGUMENT...]: configures, builds and tests a project of its own.
set -eu
source=$1
build=$2
shift 2
rm -rf "$build"
cmake -S "$source" -B "$build" -G Ninja "$@"
cmake --build "$build"
cd "$build"
ctest --output-on-failure --no-tests=error
