// Any bytes as messages to a deck that replays: each gets an answer, and no answer is too long to be sent.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/client/wire.h"
#include "replayer/deck/deck.h"

namespace {

class NoUpstream : public reprise::Transport {
 public:
  reprise::Status Send(const reprise::Request&, const reprise::SendContext&, reprise::ReplySink&) override {
    return reprise::Status(reprise::ErrorKind::kUpstream, "fuzz", "there is no network here");
  }
  std::string Describe() const override { return "nothing"; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a test
  static NoUpstream upstream;
  replayer::Deck::Options options;
  options.version = "fuzz";
  options.upstream = [](const session::Settings&, const std::string&) -> Transport& { return upstream; };
  replayer::Deck deck(options);
  replayer::Deck::Peer peer;
  peer.pid = 1;
  internal::Message hello("hello");
  hello.Add("protocol", std::int64_t{internal::kProtocol}).Add("origin", "test");
  (void)deck.Handle(hello, peer);
  // Messages as on the socket: length, body, length, body.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (rest.size() > 4) {
    const std::size_t length = static_cast<unsigned char>(rest[0]) | static_cast<unsigned char>(rest[1]) << 8;
    rest.remove_prefix(4);
    const auto message = internal::Message::Decode(rest.substr(0, length));
    rest.remove_prefix(length < rest.size() ? length : rest.size());
    if (!message.ok()) continue;
    // A mode that would write, a file to be hashed or a folder of the fuzzer's choice are for other tests.
    internal::Message tame;
    for (const auto& [name, value] : message->fields()) {
      if (name.rfind("setting.", 0) == 0 || name == "pin_file" || name == "cassettes" || name == "cwd" ||
          name == "file")
        continue;
      tame.Add(name, value);
    }
    tame.Add("cassettes", "/nonexistent").Add("cwd", "/nonexistent").Add("setting.env.mode", "replay");
    tame.Add("setting.env.ci_writes", "0").Add("env.CI", "true").Add("setting.env.pending_dir", "/dev/null/none");
    const internal::Message answer = deck.Handle(tame, peer);
    if (answer.Get("status").empty() || answer.Encode().empty()) std::abort();
  }
  return 0;
}
