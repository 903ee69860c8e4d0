#include "lib/format/json_adapter.h"

#include "lib/format/chat_parts.h"

namespace reprise::format {

using wire::JsonTree;
using wire::JsonView;

Result<Request> JsonAdapter::Write(const ChatRequest& chat, std::string_view base_url) const {
  REPRISE_RETURN_IF_ERROR(CheckChat(chat, Example()));
  Result<std::string> url = Url(chat, base_url);
  if (!url.ok()) return url.status();
  Request request;
  request.format = name();
  request.method = "POST";
  request.url = *std::move(url);
  request.headers = {{"Content-Type", "application/json"},
                     {"Accept", chat.stream ? std::string(StreamType()) : "application/json"}};
  for (Header& header : OwnHeaders()) request.headers.push_back(std::move(header));
  REPRISE_RETURN_IF_ERROR(WriteBody(chat, request.body));
  REPRISE_RETURN_IF_ERROR(CheckBody(request));
  return request;
}

std::optional<Prompt> JsonAdapter::ReadRequest(const Request& request) const {
  const Result<JsonTree> tree = JsonTree::Parse(request.body);
  if (!tree.ok()) return std::nullopt;
  const JsonView root(*tree);
  if (!root.Is(wire::JsonKind::kObject)) return std::nullopt;
  Prompt prompt;
  prompt.model = ModelOf(root, request.url);
  ReadBody(root, request, prompt);
  return prompt;
}

void JsonAdapter::ReadReply(const Request& request, Reply& reply) const {
  ReadReplyBody(reply);
  const Result<JsonTree> tree = JsonTree::Parse(request.body);
  reply.model.asked = ModelOf(tree.ok() ? JsonView(*tree) : JsonView(), request.url);
}

}  // namespace reprise::format
