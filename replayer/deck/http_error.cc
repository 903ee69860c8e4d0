#include "replayer/deck/http_error.h"

#include "lib/format/error_body.h"
#include "lib/report/harmless.h"
#include "lib/wire/status_line.h"

namespace reprise::replayer {

void SendError(Answer& answer, const Status& status, const std::string& format) {
  const bool upstream = status.kind() == ErrorKind::kUpstream;
  const bool miss = status.kind() == ErrorKind::kMismatch || status.kind() == ErrorKind::kCassette;
  const int code = upstream ? 502 : 424;
  const std::string word = upstream ? "no_upstream_reply" : miss ? "not_recorded" : "reprise_refused";
  const std::string body = format::ErrorBody(format, code, word, report::Harmless(status.ToString()));
  answer.Head(code, std::string(wire::UsualReason(code)),
              {{"Content-Type", "application/json"},
               {"Content-Length", std::to_string(body.size())},
               {"x-should-retry", "false"},
               {"x-reprise-error", word}});
  answer.Chunk(body, 0, false);
  answer.End();
}

}  // namespace reprise::replayer
