// Guards: which requests a port takes. They say why not; nullopt is a yes.
#ifndef REPRISE_REPLAYER_FRONT_GUARDS_H_
#define REPRISE_REPLAYER_FRONT_GUARDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replayer/front/front.h"
#include "replayer/front/refusal.h"
#include "reprise/exchange.h"

namespace reprise::replayer::internal {

// Equal contents, in a time that depends on the length of `given` only.
bool EqualInConstantTime(std::string_view given, std::string_view secret);

class PortGuard {
 public:
  PortGuard(int id, std::uint16_t number, PortOptions options);

  int id() const { return id_; }
  // Takes the token's segment off the target.
  std::optional<Refusal> Check(const std::string& method, std::string& target, const Headers& headers,
                               bool http_1_0) const;

 private:
  std::optional<Refusal> CheckHost(const Headers& headers, bool http_1_0) const;
  std::optional<Refusal> CheckSite(const Headers& headers) const;
  std::optional<Refusal> TakeToken(std::string& target) const;

  const int id_;
  const std::string token_;
  std::vector<std::string> hosts_;  // lower case
  const std::vector<std::string> origins_;
};

// May a field of this name stand in a trailer? Not those that frame, route, authorise or describe the message.
bool IsForbiddenInTrailer(std::string_view name);

}  // namespace reprise::replayer::internal

#endif  // REPRISE_REPLAYER_FRONT_GUARDS_H_
