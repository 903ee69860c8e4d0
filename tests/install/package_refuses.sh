#!/bin/sh
# package_refuses.sh PREFIX FOLDER WORDS LINE...: a project with these lines fails to configure, and says WORDS.
set -eu
prefix=$1
folder=$2
words=$3
shift 3
rm -rf "$folder"
mkdir -p "$folder"
cat >"$folder/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(refused LANGUAGES CXX)
END
for line in "$@"; do echo "$line" >>"$folder/CMakeLists.txt"; done
if cmake -S "$folder" -B "$folder/build" -G Ninja "-DCMAKE_PREFIX_PATH=$prefix" >"$folder/log" 2>&1; then
  echo "this was accepted: $*"
  exit 1
fi
# CMake wraps its messages.
tr -s ' \n' ' ' <"$folder/log" | grep -qF "$words" || { cat "$folder/log"; exit 1; }
