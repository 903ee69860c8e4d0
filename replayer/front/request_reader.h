// RequestReader: bytes of a client to one checked request, or to a refusal. Boost.Beast's parser reads; what it would
// let pass is refused here (request_reader.cc says what). No input or output of its own.
//
// What comes out does not depend on how the bytes were cut on their way; a fuzz target holds it to that.
#ifndef REPRISE_REPLAYER_FRONT_REQUEST_READER_H_
#define REPRISE_REPLAYER_FRONT_REQUEST_READER_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "replayer/front/front.h"
#include "replayer/front/guards.h"
#include "replayer/front/refusal.h"

namespace reprise::replayer::internal {

class RequestReader {
 public:
  enum class State {
    kNothing,  // no byte of a request yet
    kHead,
    kBody,
    kWhole,
    kRefused,
  };

  // Both must outlive the reader.
  RequestReader(const FrontLimits& limits, const PortGuard& guard);
  ~RequestReader();

  // Reads on from the first byte that was not taken so far; returns how many are taken now. The rest must be shown
  // again, with what followed it.
  std::size_t Read(std::string_view bytes);

  State state() const;
  // The client waits for "100 Continue" before it sends the body.
  bool wants_continue() const;
  bool keeps_alive() const;  // once the head is whole
  bool is_head() const;      // the method is HEAD
  std::size_t body_bytes() const;
  // The request as far as it has come; null before its head is whole and checked, and once it is refused.
  const Arrived* headed() const;

  Arrived Take();  // when whole
  const Refusal& refusal() const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace reprise::replayer::internal

#endif  // REPRISE_REPLAYER_FRONT_REQUEST_READER_H_
