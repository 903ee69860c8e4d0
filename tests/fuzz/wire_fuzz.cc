// The control protocol reads what another process sends: no bytes may crash it, and what it reads it writes alike.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/client/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto message = reprise::internal::Message::Decode(body);
  if (!message.ok()) return 0;
  const std::string again = message->Encode();
  if (std::string_view(again).substr(4) != body) std::abort();
  (void)message->ToStatus().ToString();
  const reprise::Reply reply = reprise::internal::DecodeReply(*message);
  reprise::internal::Message first, second;
  EncodeReply(reply, first);
  EncodeReply(reprise::internal::DecodeReply(first), second);
  if (first.fields() != second.fields()) std::abort();
  return 0;
}
