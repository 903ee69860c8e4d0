#include "lib/match/recorded_list.h"

namespace reprise::match {

void RecordedList::Append(Exchange exchange) {
  const std::lock_guard<std::mutex> lock(mutex_);
  by_key_[exchange.key].push_back({0, static_cast<std::uint32_t>(exchanges_.size())});
  exchanges_.push_back(std::move(exchange));
}

std::uint64_t RecordedList::exchange_count() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return exchanges_.size();
}

std::vector<CassetteReader::Ref> RecordedList::Find(std::string_view key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = by_key_.find(std::string(key));
  return it == by_key_.end() ? std::vector<Ref>() : it->second;
}

Result<Exchange> RecordedList::Read(Ref ref) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ref.frame != 0 || ref.offset >= exchanges_.size())
    return Status(ErrorKind::kInternal, name_, "there is no exchange " + std::to_string(ref.offset));
  return exchanges_[ref.offset];
}

Status RecordedList::ForEach(const std::function<bool(Ref, Exchange&&)>& visit) {
  // Not under the lock: `visit` may ask this list.
  for (std::uint32_t i = 0; i < exchange_count(); ++i) {
    Result<Exchange> exchange = Read({0, i});
    if (!exchange.ok()) return exchange.status();
    if (!visit({0, i}, *std::move(exchange))) break;
  }
  return {};
}

}  // namespace reprise::match
