#!/bin/sh
# install.sh BUILD FOLDER: installs BUILD and moves what was installed to FOLDER/moved, so that nothing in it can lean on
# where it was installed first.
set -eu
build=$1
folder=$2
rm -rf "$folder/first" "$folder/moved"
cmake --install "$build" --prefix "$folder/first" >/dev/null
mv "$folder/first" "$folder/moved"
leaning=$(grep -rIl -e "$folder/first" -e "$build" "$folder/moved" || true)
[ -z "$leaning" ] || { printf 'these installed files name the folder where we were built or installed:\n%s\n' "$leaning"; exit 1; }
