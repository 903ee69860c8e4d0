// Renamer: copies the records of one cassette into the writer of another, each exchange under the key it has there.
// Records stay text, so that kinds and members which this version does not know survive.
#ifndef REPRISE_CASSETTE_RENAMER_H_
#define REPRISE_CASSETTE_RENAMER_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

class Renamer {
 public:
  // `keys`: that of each exchange, in file order. Both must outlive this.
  Renamer(const std::vector<std::string>& keys, CassetteWriter& writer) : keys_(keys), writer_(writer) {}

  // Every record in file order; a head is left out. Errors: those of the writer; more exchanges than keys.
  Status Add(std::string_view line);
  Status Finish();  // the last ones reach the writer

 private:
  void Put(std::string_view line, std::size_t at, const std::string& key);

  const std::vector<std::string>& keys_;
  CassetteWriter& writer_;
  std::size_t next_ = 0;
  std::map<std::string, std::string> now_;  // old key -> that of the last exchange which had it
  std::string group_;                       // an exchange and what follows it, or a blob
};

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_RENAMER_H_
