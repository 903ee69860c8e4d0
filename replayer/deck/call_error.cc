#include "replayer/deck/call_error.h"

#include "lib/client/wire.h"
#include "lib/wire/json_text.h"
#include "lib/wire/json_view.h"

namespace reprise::replayer {

std::string WriteCallError(const Status& error) {
  return "{\"error\":{\"kind\":" + wire::QuoteJson(reprise::internal::ErrorKindName(error.kind())) +
         ",\"object\":" + wire::QuoteJson(error.object()) + ",\"reason\":" + wire::QuoteJson(error.reason()) +
         ",\"next\":" + wire::QuoteJson(error.next()) + "}}";
}

std::optional<Status> ReadCallError(std::string_view body) {
  const Result<wire::JsonTree> tree = wire::JsonTree::Parse(body);
  if (!tree.ok()) return std::nullopt;
  const wire::JsonView error = wire::JsonView(*tree)["error"];
  const ErrorKind kind = reprise::internal::ErrorKindOf(error["kind"].Text());
  if (error["kind"].Text() != reprise::internal::ErrorKindName(kind) || kind == ErrorKind::kOk) return std::nullopt;
  return Status(kind, error["object"].Text(), error["reason"].Text(), error["next"].Text());
}

}  // namespace reprise::replayer
