// JsonAdapter: what the formats have in common that are one JSON object, posted to a URL, answered by one or by a
// stream. A format says its words; how a request is put together and taken apart stands here.
//
// Static, without state, any thread.
#ifndef REPRISE_FORMAT_JSON_ADAPTER_H_
#define REPRISE_FORMAT_JSON_ADAPTER_H_

#include <optional>
#include <string>
#include <string_view>

#include "lib/format/adapter.h"
#include "lib/wire/json_view.h"

namespace reprise::format {

class JsonAdapter : public Adapter {
 public:
  Result<Request> Write(const ChatRequest& chat, std::string_view base_url) const final;
  std::optional<Prompt> ReadRequest(const Request& request) const final;
  void ReadReply(const Request& request, Reply& reply) const final;

 private:
  virtual std::string_view Example() const = 0;     // of an endpoint and a model, for a sentence
  virtual std::string_view StreamType() const = 0;  // media type of a stream
  virtual Headers OwnHeaders() const { return {}; }
  virtual Result<std::string> Url(const ChatRequest& chat, std::string_view base_url) const = 0;
  virtual Status WriteBody(const ChatRequest& chat, std::string& body) const = 0;
  // `root` is an object. The model is read by the next.
  virtual void ReadBody(const wire::JsonView& root, const Request& request, Prompt& prompt) const = 0;
  // The model that was asked; `root` may be of nothing.
  virtual std::string ModelOf(const wire::JsonView& root, const std::string& url) const = 0;
  // All but `model.asked`.
  virtual void ReadReplyBody(Reply& reply) const = 0;
};

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_JSON_ADAPTER_H_
