#!/bin/sh
# The demo: a live provider, a test suite recorded from it, the same suite without provider, key and network, and one
# word changed. Takes a few seconds; writes to a temporary folder only.
#
#   examples/demo/run.sh BUILD_DIR
#
# DEMO_PAUSE=1 waits for the Enter key after each step. Exit code 0: everything was as it says.
set -eu

build=$(cd "$1" && pwd)
reprise=$build/bin/reprise
suite=$build/examples/support_bot/support_bot_test
edited=$build/examples/demo/edited/support_bot_test
bytes=$build/examples/demo/bytes_test
source=$(cd "$(dirname "$0")/.." && pwd)

work=$(mktemp -d)
provider=
end() {
  [ -z "$provider" ] || kill "$provider" 2>/dev/null || :
  rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM
cd "$work"
mkdir recorded replayed sent

# Nothing from outside decides what is shown here.
for variable in $(env | sed -n 's/^\(REPRISE_[A-Z_]*\|GTEST_[A-Z_]*\|OPENAI_[A-Z_]*\)=.*/\1/p') CI; do unset "$variable"; done

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') green=$(printf '\033[32m') plain=$(printf '\033[0m')
else
  bold= dim= green= plain=
fi

step() {
  if [ -n "${DEMO_PAUSE:-}" ] && [ "$1" != 1 ]; then printf '\n%s[Enter]%s' "$dim" "$plain"; read -r _ </dev/tty; fi
  printf '\n%s%s. %s%s\n' "$bold" "$1" "$2" "$plain"
}
tell() { printf '   %s\n' "$*"; }
command_line() { printf '\n   %s$ %s%s\n' "$dim" "$*" "$plain"; }
# Output of a program: indented, folded, paths relative, and without the lines that frame every run of GoogleTest.
inset() {
  sed -e "s|$work/||g" -e "s|$build/examples/[a-z_/]*/||g" -e "s|$source/|examples/|g" |
    grep -v -e '^Running main' -e '^Note: Google Test' -e '^\[---' -e '^\[===' -e '^ *[0-9]* FAILED TEST' |
    cat -s | fold -s -w 118 |
    sed -e 's/^/   | /' -e "s/\"friendly\" is now \"formal\"/$bold&$plain/"
}
proved() { printf '   %s%s%s\n' "$green" "$*" "$plain"; }
broken() {
  printf '\ndemo: %s\n' "$*" >&2
  exit 1
}
# Runs a command into a file; shows it; returns what the command returned.
show() {
  file=$1
  shift
  code=0
  "$@" >"$file" 2>&1 || code=$?
  inset <"$file"
  return $code
}

printf '%sreprise%s: what a language model said, recorded once, answers your tests for ever\n' "$bold" "$plain"

step 1 'A live provider'
tell 'A small HTTP server that speaks the OpenAI format and wants a key. It never says the same twice.'
OPENAI_API_KEY=sk-demo-5up3rs3cr3t5up3rs3cr3t
command_line 'fake_provider --drift --key=sk-demo-...'
"$build/tests/support/fake_provider" --drift --key=$OPENAI_API_KEY --save-replies=sent >port 2>provider.log &
provider=$!
while [ ! -s port ]; do kill -0 $provider 2>/dev/null || broken "the provider did not start: $(cat provider.log)"; sleep 0.05; done
OPENAI_BASE_URL=http://127.0.0.1:$(cat port)/v1
REPRISE_CASSETTES=$work/cassettes
export OPENAI_BASE_URL OPENAI_API_KEY REPRISE_CASSETTES
tell "listening at $OPENAI_BASE_URL"

step 2 'Record'
tell 'A GoogleTest suite for a bookshop'"'"'s support bot: examples/support_bot. Its model is asked through reprise,'
tell 'whole, streamed, in a conversation, and with a tool call.'
command_line "export OPENAI_BASE_URL=$OPENAI_BASE_URL OPENAI_API_KEY=sk-demo-..."
command_line 'REPRISE_MODE=record ./support_bot_test'
REPRISE_MODE=record show record.txt "$suite" || broken 'the suite did not pass while recording'
REPRISE_MODE=record DEMO_BYTES=$work/recorded "$bytes" >bytes.txt 2>&1 || broken "$(cat bytes.txt)"
asked=$(ls sent | wc -l)

step 3 'Look'
tell 'Each test has its cassette. It is JSON in zstd frames: zstdcat reads it too.'
command_line 'reprise ls cassettes/SupportBot'
show ls.txt "$reprise" ls cassettes/SupportBot || broken 'reprise ls failed'
command_line 'reprise show cassettes/SupportBot/AnswersTheSameWhenStreamed.reprise'
show show.txt "$reprise" show cassettes/SupportBot/AnswersTheSameWhenStreamed.reprise || broken 'reprise show failed'

"$reprise" export cassettes --to exported >export.txt 2>&1 || broken "reprise export failed: $(cat export.txt)"
if grep -r -q "$OPENAI_API_KEY" exported; then broken 'the key stands in a cassette'; fi
echo
proved 'The key stands in none of them.'

step 4 'Replay: no provider, no key, no network'
kill $provider
wait $provider 2>/dev/null || :
provider=
unset OPENAI_BASE_URL OPENAI_API_KEY
tell 'The provider is gone, and its address and key are forgotten.'
if unshare -rn true 2>/dev/null; then
  cut='unshare -rn '
  tell 'The suite now runs in a network namespace of its own, which has no network, not even the loopback.'
else
  cut=
  tell '(This machine does not allow network namespaces, so only the provider is gone.)'
fi
command_line "${cut}./support_bot_test"
show replay.txt $cut "$suite" || broken 'the suite did not pass in replay'
DEMO_BYTES=$work/replayed $cut "$bytes" >bytes.txt 2>&1 || broken "$(cat bytes.txt)"
echo
for name in whole streamed; do
  cmp "recorded/$name" "replayed/$name" || broken "the $name reply differs between recording and replay"
  found=
  for body in sent/*; do if cmp -s "$body" "replayed/$name"; then found=$body; fi; done
  [ -n "$found" ] || broken "the provider never sent what was replayed as $name"
  proved "$name: the $(wc -c <"replayed/$name" | tr -d ' ') bytes that were replayed are those the provider had sent"
done
[ "$(ls sent | wc -l)" = "$asked" ] || broken 'the provider was asked during replay'

step 5 'Change one word'
tell 'Somebody edits one word of the bot'"'"'s instructions and runs the suite again.'
command_line 'diff support_bot.cc'
diff "$source/support_bot/support_bot.cc" "$build/examples/demo/edited/support_bot.cc" | inset || :
command_line "${cut}./support_bot_test --gtest_filter=SupportBot.AnswersAQuestion"
if show miss.txt $cut "$edited" --gtest_filter=SupportBot.AnswersAQuestion; then
  broken 'the suite passed although its request had changed'
fi
grep -q '"friendly" is now "formal"' miss.txt || broken 'the miss did not name the word'
echo
proved 'No old answer was given to the new request, and the miss names the word.'

printf '\n%sThat was all of it, and it really ran.%s Next: ./dev test, or read examples/support_bot.\n' "$bold" "$plain"
