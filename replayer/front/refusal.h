// Refusal: why a client gets no answer, as one sentence that it can read.
#ifndef REPRISE_REPLAYER_FRONT_REFUSAL_H_
#define REPRISE_REPLAYER_FRONT_REFUSAL_H_

#include <string>

namespace reprise::replayer::internal {

struct Refusal {
  int status = 400;
  std::string why;   // a clause: "it has two Content-Length fields"
  std::string next;  // a sentence without its full stop: "Send one length"

  // "reprise refused this request: WHY. NEXT."
  std::string Sentence() const;
  // Head and body; the connection closes after it. `with_body`: not for HEAD.
  std::string Bytes(bool with_body) const;
};

// "Not Found" and its like, for the statuses that the front itself gives.
const char* ReasonPhrase(int status);

}  // namespace reprise::replayer::internal

#endif  // REPRISE_REPLAYER_FRONT_REFUSAL_H_
