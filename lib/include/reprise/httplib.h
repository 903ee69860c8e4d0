// cpp-httplib clients, pointed at an endpoint.
//
//   TEST(Translator, KeepsNames) {
//     httplib::Client client = reprise::HttplibClient(reprise::OpenAi);
//     client.set_bearer_token_auth(key);
//     auto reply = client.Post("/v1/chat/completions", body, "application/json");   // recorded, then replayed
//   }
//
// For code that is handed a client; code that takes a base URL gets `Session::BaseUrl`. Paths are those of the
// provider,
// "/v1" and all. Header-only, compiled with your own cpp-httplib, whichever it is: our library knows none.
#ifndef REPRISE_HTTPLIB_H_
#define REPRISE_HTTPLIB_H_

#include <httplib.h>

#include <utility>

#include "reprise/client.h"

namespace reprise {

// A client of the endpoint, through the deck. It may be kept as long as the process lives: what it sends belongs to the
// test that runs then.
inline httplib::Client HttplibClient(const Endpoint& endpoint, BaseUrlOptions options = {},
                                     const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  options.host_only = true;  // a client keeps host and port, and no path
  return httplib::Client(BaseUrl(endpoint, options, file, line));
}

}  // namespace reprise

#endif  // REPRISE_HTTPLIB_H_
