// RecordingTransport: a transport that has a transport, passes everything on as it comes, and writes it down.
//
// The receiver gets each chunk when it arrives, and its end only once the exchange is on the tape: who has seen the end
// of a reply can be killed without losing it. What the upstream answers is recorded as what it is: an error status, a
// stream that broke. When the receiver goes, the upstream is read to its end all the same. A reply that cannot be
// written (a credential in it, a full disk) still reaches the receiver; the tape remembers, and the test fails at its
// end.
#ifndef REPRISE_RECORDER_RECORDING_TRANSPORT_H_
#define REPRISE_RECORDER_RECORDING_TRANSPORT_H_

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "lib/session/tape.h"
#include "reprise/matching.h"
#include "reprise/transport.h"

namespace reprise::recorder {

class RecordingTransport : public Transport {
 public:
  // Both must outlive it.
  RecordingTransport(Transport& upstream, session::Tape& tape, Rules rules)
      : upstream_(upstream), tape_(tape), rules_(std::move(rules)) {}

  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override;
  std::string Describe() const override { return "recording of " + upstream_.Describe(); }

 private:
  // A call under way. Two of one key and lane that answer differently cannot be told apart in replay, so the later to
  // end is marked.
  struct UnderWay {
    std::string lane, key;
    // SHA-256 of the normalised replies of those that ended meanwhile: the different ones, and two at most, for no
    // reply equals both.
    std::vector<std::string> overlapped;
    void Overlap(const std::string& said) {
      if (overlapped.empty() || (overlapped.size() == 1 && overlapped[0] != said)) overlapped.push_back(said);
    }
  };

  Transport& upstream_;
  session::Tape& tape_;
  const Rules rules_;
  std::mutex mutex_;
  std::list<UnderWay> under_way_;
};

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_RECORDING_TRANSPORT_H_
