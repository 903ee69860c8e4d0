// The one symbol of the module reprise-curl.so; see upstream.h.
#include "recorder/curl_upstream.h"
#include "recorder/upstream.h"

extern "C" REPRISE_API reprise::Transport* reprise_curl_upstream(int abi,
                                                                 const reprise::recorder::UpstreamOptions& options) {
  if (abi != reprise::recorder::kUpstreamAbi) return nullptr;
  return new reprise::recorder::CurlUpstream(options);
}
