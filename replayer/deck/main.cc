// reprise-deck: the child process in which the sessions of a test program live. The client starts it with a listening
// AF_UNIX socket as descriptor 3; nobody else should.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/base/log.h"
#include "recorder/checked_upstream.h"
#include "recorder/upstream.h"
#include "replayer/deck/deck.h"
#include "replayer/deck/guards.h"
#include "replayer/deck/server.h"

extern char** environ;

namespace reprise::replayer {
namespace {

constexpr int kListener = 3;

std::string PathOfThisProgram() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return "reprise-deck";
  path.resize(static_cast<std::size_t>(length));
  return path;
}

// One upstream for each way of asking, so that sessions share connections. Thread-safe.
class Upstreams {
 public:
  explicit Upstreams(std::string modules) : modules_(std::move(modules)) {}

  Transport& For(const session::Settings& settings, const std::string& cwd) {
    recorder::UpstreamOptions options;
    options.body_bytes = settings.limits().body_bytes;
    options.connect_timeout_ms = std::int64_t{1000} * settings.Number("connect_timeout");
    options.idle_timeout_ms = std::int64_t{1000} * settings.Number("idle_timeout");
    options.total_timeout_ms = std::int64_t{1000} * settings.Number("total_timeout");
    options.retries = settings.Number("retries");
    if (const std::string& file = settings.Value("ca_file"); !file.empty()) options.ca_file = base::Join(cwd, file);
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Transport>& upstream =
        upstreams_[{options.body_bytes, options.connect_timeout_ms, options.idle_timeout_ms, options.total_timeout_ms,
                    options.retries, options.ca_file}];
    if (!upstream) {
      if (!modules_.empty()) options.module = base::Join(modules_, "reprise-curl.so");
      upstream = std::make_unique<recorder::CheckedUpstream>([options] { return recorder::LoadUpstream(options); });
    }
    return *upstream;
  }

 private:
  const std::string modules_;
  std::mutex mutex_;
  using Way = std::tuple<std::uint64_t, std::int64_t, std::int64_t, std::int64_t, int, std::string>;
  std::map<Way, std::unique_ptr<Transport>> upstreams_;
};

int Fail(const Status& status) {
  base::Log(base::LogLevel::kError, status.ToString());
  std::fprintf(stderr, "reprise-deck: %s\n", status.ToString().c_str());
  return status.ExitCode();
}

int Main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--version") {
    std::printf("reprise-deck %s\n", REPRISE_VERSION);
    return 0;
  }
  if (!IsListening(kListener))
    return Fail(Status(ErrorKind::kUsage, argv[0], "is started by test programs that use reprise, not by hand",
                       "See reprise --help for what can be run by hand"));
  if (const Status status = LeaveWaitSet(); !status.ok()) return Fail(status);
  // Before stderr is gone and the working directory changes.
  const char* log = std::getenv("REPRISE_LOG");
  const std::string log_path = log == nullptr || *log == '\0' ? "" : base::Absolute(log);
  const char* modules = std::getenv("REPRISE_MODULES");
  const std::string modules_path = modules == nullptr || *modules == '\0' ? "" : base::Absolute(modules);
  if (const Status status = Detach(kListener); !status.ok()) return Fail(status);
  if (!log_path.empty()) (void)LogTo(log_path).ok();

  Deck::Options options;
  options.version = REPRISE_VERSION;
  options.path = PathOfThisProgram();
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) options.environment.emplace_back(*entry);
  Upstreams upstreams(modules_path);
  options.upstream = [&upstreams](const session::Settings& settings, const std::string& cwd) -> Transport& {
    return upstreams.For(settings, cwd);
  };
  Deck deck(std::move(options));
  Server server(kListener, deck);
  base::Log(base::LogLevel::kInfo, "the deck starts");
  if (const Status status = server.Run(); !status.ok()) base::Log(base::LogLevel::kError, status.ToString());
  deck.OwnerGone();
  base::Log(base::LogLevel::kInfo, "the deck ends");
  // Threads may wait on upstreams and sockets that nobody needs any more.
  ::_exit(0);
}

}  // namespace
}  // namespace reprise::replayer

int main(int argc, char** argv) { return reprise::replayer::Main(argc, argv); }
