// RecordedList: exchanges in memory, read like a cassette. What a session has recorded so far, for those who replay it
// before it is a file: a death-test child in record mode.
#ifndef REPRISE_MATCH_RECORDED_LIST_H_
#define REPRISE_MATCH_RECORDED_LIST_H_

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "reprise/cassette.h"

namespace reprise::match {

// Thread-safe, so that one thread records while another reads. Only ever grows.
class RecordedList : public CassetteReader {
 public:
  // `name` stands for the path in messages.
  RecordedList(std::string name, CassetteHead head) : name_(std::move(name)), head_(std::move(head)) {}

  void Append(Exchange exchange);

  const std::string& path() const override { return name_; }
  const CassetteHead& head() const override { return head_; }
  std::uint64_t exchange_count() override;
  std::vector<Ref> Find(std::string_view key) override;
  Result<Exchange> Read(Ref ref) override;
  Status ForEach(const std::function<bool(Ref, Exchange&&)>& visit) override;
  // There are no lines yet.
  Status ForEachLine(const std::function<bool(std::string_view line)>&) override { return {}; }
  const std::vector<Damage>& damage() const override { return damage_; }

 private:
  const std::string name_;
  const CassetteHead head_;
  const std::vector<Damage> damage_;
  std::mutex mutex_;
  std::deque<Exchange> exchanges_;
  std::unordered_map<std::string, std::vector<Ref>> by_key_;
};

}  // namespace reprise::match

#endif  // REPRISE_MATCH_RECORDED_LIST_H_
