// A user without exceptions and without RTTI: every template of the client's headers, instantiated.
#include "reprise/client.h"

namespace {

[[maybe_unused]] std::string Use() {
  auto reply = reprise::Current().Ask(reprise::Chat(reprise::OpenAi.At("http://localhost:8000/v1").Named("judge"), "m")
                                          .User("x")
                                          .Temperature(0.5f)
                                          .Seed(1));
  auto text = reprise::Current().Record(reprise::Call("f", "{}"), [] { return "text"; });
  auto failed = reprise::Current().Record(reprise::Call("f", "{}"), [] {
    return reprise::Result<std::string>(reprise::Status(reprise::ErrorKind::kIo, "f", "failed"));
  });
  const reprise::Lane lane("worker-1");
  if (!reply || !failed.ok()) return reply.status().ToString() + failed.status().ToString();
  return reply->text + text.value().text + (*failed).text + std::move(reply).value().text;
}

}  // namespace
