// fake_provider: the fake provider as a program, for demos and for tests that need one in another process.
//
//   fake_provider [--port=N] [--drift] [--key=SECRET] [--delay-ms=N] [--log=FILE] [--save-replies=FOLDER] [--cert=PEM
//   --cert-key=PEM]
//                 [--redirect-to=URL] [--until-stdin-closes]
//
// Prints its port as one line, then serves until SIGTERM or SIGINT; with --until-stdin-closes also until its standard
// input ends, so that it cannot outlive the program that started it with a pipe.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/fake_provider.h"

namespace {

bool TakeValue(const std::string& argument, const char* name, std::string* value) {
  const std::string prefix = std::string("--") + name + "=";
  if (argument.rfind(prefix, 0) != 0) return false;
  *value = argument.substr(prefix.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  reprise::support::FakeProvider::Options options;
  bool until_stdin_closes = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    std::string number;
    if (argument == "--drift") {
      options.drift = true;
    } else if (argument == "--until-stdin-closes") {
      until_stdin_closes = true;
    } else if (TakeValue(argument, "port", &number)) {
      options.port = std::atoi(number.c_str());
    } else if (TakeValue(argument, "delay-ms", &number)) {
      options.chunk_delay_ms = std::atoi(number.c_str());
    } else if (!TakeValue(argument, "key", &options.key) && !TakeValue(argument, "log", &options.log_file) &&
               !TakeValue(argument, "save-replies", &options.replies_folder) &&
               !TakeValue(argument, "cert", &options.cert_file) &&
               !TakeValue(argument, "cert-key", &options.key_file) &&
               !TakeValue(argument, "redirect-to", &options.redirect_to)) {
      std::fprintf(stderr, "fake_provider: unknown argument %s; see the head of fake_provider_main.cc\n", argv[i]);
      return 2;
    }
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before threads start, so that they inherit it
  signal(SIGPIPE, SIG_IGN);
  const auto provider = reprise::support::FakeProvider::Start(options);
  if (provider == nullptr) {
    std::fprintf(stderr, "fake_provider: cannot listen on port %d, or cannot read the certificate\n", options.port);
    return 1;
  }
  std::printf("%d\n", provider->port());
  std::fflush(stdout);
  pollfd watched[2] = {{signalfd(-1, &ends, SFD_CLOEXEC), POLLIN, 0}, {until_stdin_closes ? 0 : -1, POLLIN, 0}};
  for (;;) {
    if (poll(watched, 2, -1) < 0) continue;
    if (watched[0].revents != 0) break;
    char ignored[256];
    if (watched[1].revents != 0 && read(0, ignored, sizeof ignored) <= 0) break;
  }
  return 0;
}
