// The exchanges of the corpus, imported as anybody's recordings are, gzip undone. Empty where there is no corpus.
#ifndef REPRISE_TESTS_LIB_FORMAT_CORPUS_EXCHANGES_H_
#define REPRISE_TESTS_LIB_FORMAT_CORPUS_EXCHANGES_H_

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "lib/format/adapter.h"
#include "recorder/importers/gzip.h"
#include "recorder/importers/importer.h"

namespace reprise::format {

struct Recorded {
  std::string place;  // file and number
  Exchange exchange;
};

// Those of one format, or of all with "".
inline std::vector<Recorded> CorpusExchanges(const std::string& format) {
  std::vector<Recorded> out;
  std::vector<std::string> files;
  const std::string folder = std::string(REPRISE_CORPUS_DIR) + "/vcr";
  std::error_code ignored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_regular_file() && entry.path().extension() != ".tsv") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    (void)recorder::ImportFile(file, {}, [&](recorder::ImportedEntry&& entry) {
      if (!entry.exchange || (!format.empty() && entry.exchange->request.format != format)) return;
      Recorded recorded{file.substr(folder.size() + 1) + " #" + std::to_string(entry.index),
                        *std::move(entry.exchange)};
      Exchange& exchange = recorded.exchange;
      if (recorder::LooksLikeGzip(exchange.reply.body))
        exchange.reply.body = *recorder::Gunzip(exchange.reply.body, std::uint64_t{64} << 20, file);
      if (const Adapter* adapter = FindAdapter(exchange.request.format))
        adapter->ReadReply(exchange.request, exchange.reply);
      out.push_back(std::move(recorded));
    });
  }
  return out;
}

}  // namespace reprise::format

#endif  // REPRISE_TESTS_LIB_FORMAT_CORPUS_EXCHANGES_H_
