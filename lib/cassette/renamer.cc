#include "lib/cassette/renamer.h"

#include <utility>

namespace reprise::cassette {
namespace {

constexpr std::string_view kKeyStart = "{\"key\":\"";
constexpr std::string_view kTimesStart = "{\"times\":\"";
constexpr std::string_view kBlobStart = "{\"blob\":";
constexpr std::size_t kKeySize = 64;

bool Begins(std::string_view line, std::string_view start) {
  return line.substr(0, start.size()) == start && line.size() > start.size() + kKeySize;
}

}  // namespace

Status Renamer::Add(std::string_view line) {
  if (Begins(line, kKeyStart)) {
    REPRISE_RETURN_IF_ERROR(Finish());
    if (next_ == keys_.size())
      return Status(ErrorKind::kCassette, "a cassette to be copied", "has grown while it was read", "Try again");
    const std::string& key = keys_[next_++];
    now_[std::string(line.substr(kKeyStart.size(), kKeySize))] = key;
    Put(line, kKeyStart.size(), key);
    return {};
  }
  if (Begins(line, kTimesStart)) {
    // The nearest exchange above with that key.
    const auto it = now_.find(std::string(line.substr(kTimesStart.size(), kKeySize)));
    if (it != now_.end()) {
      Put(line, kTimesStart.size(), it->second);
      return {};
    }
  }
  if (line.substr(0, kBlobStart.size()) == kBlobStart) REPRISE_RETURN_IF_ERROR(Finish());
  group_.append(line).append("\n");
  return {};
}

Status Renamer::Finish() {
  if (group_.empty()) return {};
  return writer_.AppendRecords(std::exchange(group_, {}));
}

void Renamer::Put(std::string_view line, std::size_t at, const std::string& key) {
  group_.append(line.substr(0, at)).append(key).append(line.substr(at + kKeySize)).append("\n");
}

}  // namespace reprise::cassette
