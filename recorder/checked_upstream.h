// CheckedUpstream: the end of every chain that may ask somebody. Loads the network module when it is first needed, and
// refuses, before any call, a request to a remote host whose credential is missing.
#ifndef REPRISE_RECORDER_CHECKED_UPSTREAM_H_
#define REPRISE_RECORDER_CHECKED_UPSTREAM_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "reprise/transport.h"

namespace reprise::recorder {

// Is the URL's host this machine (localhost, 127.0.0.0/8, ::1)?
bool IsLoopback(const std::string& url);

class CheckedUpstream : public Transport {
 public:
  using Load = std::function<Result<std::unique_ptr<Transport>>()>;
  // `load` is called once, at the first request that has no `own_upstream`; its error answers every such request.
  explicit CheckedUpstream(Load load) : load_(std::move(load)) {}

  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override;
  std::string Describe() const override;

 private:
  const Load load_;
  mutable std::mutex mutex_;
  bool tried_ = false;
  Status load_status_;
  std::unique_ptr<Transport> upstream_;
};

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_CHECKED_UPSTREAM_H_
