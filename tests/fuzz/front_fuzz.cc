// Any bytes as requests: whole, and cut into pieces by a rule that the first byte chooses. Both readings must agree in
// what was understood and where it ended, and nothing that was let through may be read in two ways.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/wire/headers.h"
#include "replayer/front/request_reader.h"

namespace {

using reprise::replayer::Arrived;
using reprise::replayer::FrontLimits;
using reprise::replayer::internal::PortGuard;
using reprise::replayer::internal::RequestReader;
using State = RequestReader::State;

struct Reading {
  std::vector<Arrived> requests;
  bool refused = false;
  std::string left;  // bytes of a request that is not whole
};

// As a connection does it: what is not taken is shown again with what follows.
Reading ReadIn(std::string_view bytes, std::size_t step, const FrontLimits& limits, const PortGuard& guard) {
  Reading out;
  auto reader = std::make_unique<RequestReader>(limits, guard);
  while (!bytes.empty() && !out.refused) {
    out.left += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (!out.left.empty()) {
      const std::size_t taken = reader->Read(out.left);
      if (taken > out.left.size()) std::abort();
      out.left.erase(0, taken);
      if (reader->body_bytes() > limits.body_bytes) std::abort();
      if (reader->state() == State::kRefused) {
        if (reader->refusal().why.empty() || reader->refusal().status < 400) std::abort();
        out.refused = true;
        break;
      }
      if (reader->state() != State::kWhole) break;
      out.requests.push_back(reader->Take());
      reader = std::make_unique<RequestReader>(limits, guard);
    }
  }
  return out;
}

void Check(const Arrived& request, const FrontLimits& limits) {
  int hosts = 0, lengths = 0, codings = 0;
  for (const reprise::Header& header : request.headers) {
    if (reprise::wire::EqualNoCase(header.name, "host")) ++hosts;
    if (reprise::wire::EqualNoCase(header.name, "content-length")) ++lengths;
    if (reprise::wire::EqualNoCase(header.name, "transfer-encoding")) ++codings;
    if ((header.name + header.value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
  }
  for (const reprise::Header& header : request.trailers)
    if ((header.name + header.value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
  if (hosts > 1 || (hosts == 0 && !request.http_1_0) || lengths + codings > 1) std::abort();
  if (lengths + codings == 0 && !request.body.empty()) std::abort();
  if (request.target.empty() || request.target[0] != '/' || request.target.size() > limits.target_bytes) std::abort();
  if (request.headers.size() + request.trailers.size() > limits.fields) std::abort();
}

bool Same(const Arrived& a, const Arrived& b) {
  return a.method == b.method && a.target == b.target && a.headers == b.headers && a.body == b.body &&
         a.trailers == b.trailers && a.http_1_0 == b.http_1_0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  FrontLimits limits;
  limits.head_bytes = 2048;
  limits.target_bytes = 256;
  limits.fields = 16;
  limits.body_bytes = 4096;
  limits.trailer_bytes = 128;
  limits.chunk_extension_bytes = 32;
  const PortGuard guard(0, 80, {"t", {"a"}, {}});
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = ReadIn(bytes, bytes.size() + 1, limits, guard);
  const Reading pieces = ReadIn(bytes, 1 + data[0] % 64, limits, guard);
  if (whole.requests.size() != pieces.requests.size() || whole.refused != pieces.refused) std::abort();
  if (!whole.refused && whole.left != pieces.left) std::abort();
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    Check(whole.requests[i], limits);
    if (!Same(whole.requests[i], pieces.requests[i])) std::abort();
  }
  return 0;
}
