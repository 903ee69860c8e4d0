// Matching: which recording answers which request.
//
// The key of a request is the SHA-256 of its normal form (FORMAT.md, "Normal form 1"). Nothing in the body is ignored
// unless a rule declares it, and what is declared stands in the cassette's head. Rules are data, never callbacks, so
// the command line, `reprise audit` and a test judge alike.
#ifndef REPRISE_MATCHING_H_
#define REPRISE_MATCHING_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise {

inline constexpr int kNormalForm = 1;

// What the user declared. Equal rules give equal JSON text (`ToJson`), which is what the head of a cassette holds.
struct Rules {
  // JSON pointers into the body of the request (RFC 6901), where the segment "*" stands for any one member or
  // element: "/metadata", "/messages/*/name". The member or element named is left out of the normal form.
  std::vector<std::string> ignore_body;
  std::vector<std::string> ignore_query;   // names of query parameters
  std::vector<std::string> match_headers;  // header names that join the allow list, lower case
  // False alarms of the secret scanner, "RULE PLACE": "jwt /reply/body/token", "env.CI_TOKEN /request/url". "*" stands
  // for any one segment, and what is below PLACE is meant too. No part of the key.
  std::vector<std::string> allow_secret;
  // What is random in every run, by name: a regular expression (PCRE2). What matches is replaced by its name and an
  // ordinal in the key, and a replayed reply says the value of now: {"uuid": "[0-9a-f]{8}-..."}. FORMAT.md, 12.
  std::map<std::string, std::string> placeholders;

  std::string ToJson() const;                            // "{}" when nothing is declared
  static Result<Rules> FromJson(std::string_view json);  // unknown members are an error that names them
  bool operator==(const Rules& other) const;
  bool GiveKeysOf(const Rules& other) const;  // do both give every request the same key?
};

// The one canonical text of a request. Used in storing and in matching alike. `auth` is the auth alias.
// Never fails: a body that is not JSON (or is JSON with duplicate keys) takes part as opaque bytes.
std::string NormalForm(const Request& request, int auth, const Rules& rules);

// SHA-256 of the normal form, 64 lower-case hex digits.
std::string KeyOf(const Request& request, int auth, const Rules& rules);

}  // namespace reprise

#endif  // REPRISE_MATCHING_H_
