// PlanHead: a head as it was recorded, to a head that is true on this connection. Pure.
#ifndef REPRISE_REPLAYER_FRONT_REPLY_HEAD_H_
#define REPRISE_REPLAYER_FRONT_REPLY_HEAD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "reprise/exchange.h"

namespace reprise::replayer::internal {

enum class Framing { kNoBody, kLength, kChunks, kUntilClose };

struct HeadPlan {
  std::string bytes;  // status line to the empty line
  Framing framing = Framing::kChunks;
  std::uint64_t length = 0;  // with kLength
  bool close = false;        // the connection ends with the reply
  std::string fault;         // why such a head cannot be sent; empty: it can
};

struct HeadContext {
  bool head_request = false;  // the method was HEAD
  bool http_1_0 = false;
  bool keep_alive = true;                   // as far as the request goes
  std::optional<std::uint64_t> whole_body;  // its size, where the whole reply is known already
};

HeadPlan PlanHead(int status, const std::string& reason, const Headers& headers, const HeadContext& context);

// Lines of trailers; fields that would not survive as one line each are left away.
std::string TrailerLines(const Headers& trailers);

}  // namespace reprise::replayer::internal

#endif  // REPRISE_REPLAYER_FRONT_REPLY_HEAD_H_
