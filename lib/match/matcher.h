// Matcher: which recorded exchange answers this request, and what a miss says.
//
// Repeats of one key are served in order, per lane. How far each has come is not the matcher's: it stands in `Cursors`,
// a value, so that a death-test child can go on from where its parent stood and be merged back.
#ifndef REPRISE_MATCH_MATCHER_H_
#define REPRISE_MATCH_MATCHER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reprise/cassette.h"
#include "reprise/exchange.h"
#include "reprise/matching.h"
#include "reprise/result.h"

namespace reprise::match {

// Takes served so far, by lane and key.
class Cursors {
 public:
  std::uint32_t Of(const std::string& lane, const std::string& key) const {
    const auto it = served_.find({lane, key});
    return it == served_.end() ? 0 : it->second;
  }
  void Advance(const std::string& lane, const std::string& key) { ++served_[{lane, key}]; }
  // For each lane and key the further of the two.
  void MergeMax(const Cursors& other) {
    for (const auto& [at, served] : other.served_) {
      std::uint32_t& mine = served_[at];
      if (mine < served) mine = served;
    }
  }
  // Exchanges served, each counted once.
  std::uint64_t Total() const {
    std::uint64_t total = 0;
    for (const auto& [at, served] : served_) total += served;
    return total;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::uint32_t> served_;
};

struct MatchOptions {
  Rules rules;                    // in force now; where the cassette's head has others, keys are computed anew
  bool repeat_last_take = false;  // the setting "takes": the last take answers for ever
  // Look for the nearest recordings on a miss. Not where a miss is no failure (extend): it costs a scan.
  bool explain_misses = true;
  // Takes secrets out of a request that a miss is about to quote, asked or recorded. Empty: it is quoted as it is.
  std::function<void(Request&)> withhold;
};

// A request as the session asks it.
struct Asked {
  const Request* request = nullptr;
  std::string key;  // KeyOf(request, auth, rules)
  std::string lane;
  int auth = 0;
  std::string session;  // "Chat.AsksTwice"
  int number = 0;       // of the request in its session, from 1
};

// A recorded exchange that nobody asked for.
struct Unused {
  std::string key, lane;
  std::uint32_t take = 1;  // of its key in its lane, from 1
  std::string line;        // for a human, on one line: `POST /v1/chat/completions   model "tiny-1"   "What is ..."`
};

// Reads through a `CassetteReader`, which must outlive it. Not thread-safe, as the reader is not: lock around it.
//
// Nothing is decoded before somebody asks, and a lookup costs what `CassetteReader::Find` costs, whatever the size of
// the cassette; each take of a key is read once for its lane. A miss costs a scan, within the bounds of nearest.h.
class Matcher {
 public:
  // Where the head's rules or normal form are not those in force, this reads the whole cassette once and computes the
  // keys anew; `notes` says so.
  static Result<std::unique_ptr<Matcher>> Open(CassetteReader& reader, const MatchOptions& options);
  virtual ~Matcher() = default;

  // The next take for this key in this lane; `cursors` moves on. A miss is kMismatch, its reason the whole text
  // (style.md 2.9) but for the repair command, which the caller adds. Served all and marked `overlaps` are misses that
  // say so.
  virtual Result<Exchange> Take(const Asked& asked, Cursors& cursors) = 0;
  // One sentence each, for a human, once: that keys were computed anew.
  virtual const std::vector<std::string>& notes() const = 0;
  // What `cursors` have not passed, in file order. One scan, or none when everything was served.
  virtual Result<std::vector<Unused>> WhatIsUnused(const Cursors& cursors) = 0;
};

}  // namespace reprise::match

#endif  // REPRISE_MATCH_MATCHER_H_
