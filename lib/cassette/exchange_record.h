// ExchangeRecord: an exchange as the text of its records, and back (FORMAT.md, sections 3 to 7).
//
// Reading and writing live together so that they change together. Pure: no files. Whatever is read may come from
// anybody; nothing that stands in it crashes or costs more memory than the limits say.
#ifndef REPRISE_CASSETTE_EXCHANGE_RECORD_H_
#define REPRISE_CASSETTE_EXCHANGE_RECORD_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "reprise/cassette.h"
#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::cassette {

// All texts are without their last line end.
struct ExchangeText {
  std::map<std::string, std::string> blobs;  // hash to blob record
  std::string exchange;
  std::string times;  // empty: no clock is known
};

// Errors: something that may not stand in a record (a key that is no key, an endpoint that is not UTF-8), cuts that do
// not add up, a body or record over the limits. The object of the status is the member's name.
Result<ExchangeText> WriteExchange(const Exchange& exchange, const CassetteLimits& limits);

// What stood between the quotes of the string that a blob holds, by its hash.
using BlobSource = std::function<Result<std::string>(std::string_view hash)>;

// The exchange of a record that begins with a key; `ms` and `at` stay empty. Errors are one clause.
Result<Exchange> ReadExchange(std::string_view record, const BlobSource& blobs, const CassetteLimits& limits);
// Adds the clock of a times record.
Status ReadTimes(std::string_view record, Exchange* exchange);
// What stands between the quotes of a blob record; compared with its hash.
Result<std::string> ReadBlob(std::string_view record, const CassetteLimits& limits);
// Hashes that a record refers to, in order, repeats and all.
std::vector<std::string_view> BlobsIn(std::string_view record);

std::string WriteHead(const CassetteHead& head);
// Refuses another format version, and needs that this version does not know; `object` names the file.
Result<CassetteHead> ReadHead(std::string_view record, const std::string& object);

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_EXCHANGE_RECORD_H_
