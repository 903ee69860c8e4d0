// MemoryCassette: a cassette in memory that remembers what was asked of it, and breaks on request.
#ifndef REPRISE_TESTS_SUPPORT_MEMORY_CASSETTE_H_
#define REPRISE_TESTS_SUPPORT_MEMORY_CASSETTE_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/match/recorded_list.h"

namespace reprise::testing {

class MemoryCassette : public match::RecordedList {
 public:
  explicit MemoryCassette(CassetteHead head = {}, std::string path = "Chat/AsksTwice.reprise")
      : match::RecordedList(std::move(path), std::move(head)) {}

  // Adds an exchange whose key is that of its request under the head's rules.
  void Record(Request request, std::string reply, const std::string& lane = "main", int auth = 0) {
    Exchange exchange;
    exchange.key = KeyOf(request, auth, head().rules);
    exchange.lane = lane;
    exchange.auth = auth;
    exchange.request = std::move(request);
    exchange.reply.status = 200;
    exchange.reply.body = std::move(reply);
    Append(std::move(exchange));
  }

  // Reading this exchange (from 0) fails from now on.
  void Damage(std::uint32_t number) { damaged_.insert(number); }

  std::vector<Ref> Find(std::string_view key) override {
    ++finds;
    return match::RecordedList::Find(key);
  }
  Result<Exchange> Read(Ref ref) override {
    ++reads;
    if (damaged_.count(ref.offset) != 0)
      return Status(ErrorKind::kCassette, path(), "the frame at byte 512 is damaged", "Run reprise fsck");
    return match::RecordedList::Read(ref);
  }
  Status ForEach(const std::function<bool(Ref, Exchange&&)>& visit) override {
    ++scans;
    return match::RecordedList::ForEach(visit);
  }

  int finds = 0, reads = 0, scans = 0;

 private:
  std::set<std::uint32_t> damaged_;
};

}  // namespace reprise::testing

#endif  // REPRISE_TESTS_SUPPORT_MEMORY_CASSETTE_H_
