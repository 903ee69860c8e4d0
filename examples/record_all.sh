#!/bin/sh
# Records the examples' cassettes anew, from the fake provider, and accepts their goldens:
#   examples/record_all.sh build/release
# The provider repeats itself, so what is recorded says the same each time; only ids and times differ.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
port_file=$(mktemp)
"$build/tests/support/fake_provider" --port=8000 >"$port_file" &
provider=$!
trap 'kill $provider; rm -f "$port_file"' EXIT
while [ ! -s "$port_file" ]; do kill -0 $provider; done
export REPRISE_FORM=text OPENAI_BASE_URL=http://127.0.0.1:8000/v1
unset CI
for program in first_test/first_test lanes/lanes_test own_engine/own_engine_test support_bot/support_bot_test \
    translator/translator_test; do
  example=$(dirname "$program")
  rm -rf "$example/cassettes" "$example/goldens"
  mkdir "$example/cassettes"
  # A first golden fails its test, so its recording waits too; then both are accepted, by whoever runs this.
  REPRISE_MODE=record "$build/examples/$program" --gtest_brief=1 || "$build/bin/reprise" accept "$example"
  REPRISE_MODE=replay "$build/examples/$program" --gtest_brief=1
done
