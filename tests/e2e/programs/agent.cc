// A program that nobody will change for us: it asks a model where OPENAI_BASE_URL says, and knows nothing of reprise.
//
//   agent ask TEXT...     asks each (E2E_ADDS: added to the base URL), prints the answers, ends with E2E_EXIT
//   agent env NAME...     prints variables
//   agent wait [TEXT]     asks, prints "ready", waits for a signal, ends with 7
//   agent die [TEXT]      asks, ends itself by SIGTERM
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/e2e/programs/translator.h"

namespace {

using reprise::e2e::Answer;
using reprise::e2e::Translator;
using reprise::e2e::Word;

int Wait() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::printf("ready\n");
  std::fflush(stdout);
  int got = 0;
  sigwait(&signals, &got);
  std::printf("got %s\n", sigabbrev_np(got));
  return 7;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  for (int i = 2; i < argc; ++i) {
    if (verb == "env") {
      std::printf("%s=%s\n", argv[i], Word(argv[i], "(unset)").c_str());
      continue;
    }
    std::string url = Word("OPENAI_BASE_URL", "");
    if (std::getenv("E2E_DROPS_PATH") != nullptr) url = url.substr(0, url.find('/', 7)) + "/v1";
    url += Word("E2E_ADDS", "");
    const Answer answer = Translator(url).Ask(Word("E2E_WORD", "Where is ") + argv[i], i % 2 == 1);
    reprise::e2e::Print("answer", answer);
  }
  if (verb == "wait") return Wait();
  if (verb == "die") return raise(SIGTERM);
  return std::atoi(Word("E2E_EXIT", "0").c_str());
}
