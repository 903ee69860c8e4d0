#include "lib/format/anthropic_reply.h"

#include <map>
#include <string>
#include <utility>

#include "lib/format/continuation.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_text.h"
#include "lib/wire/sse.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonView;

struct Block {
  std::string type;
  std::string text;  // or the thoughts
  std::string id, name;
  std::string input;      // as an object, where it came whole
  std::string fragments;  // of the input's text
  std::string citations;  // elements of the array
  JsonMembers members;    // as its start said them
  bool ended = false;
};

// Gathers what events say; a whole reply is what `message_start` says, with all its blocks.
class Gatherer {
 public:
  explicit Gatherer(Reply& reply) : reply_(reply) {}

  void Add(std::string type, const JsonView& event) {
    if (std::string own = event["type"].Text(); !own.empty()) type = std::move(own);
    if (type == "error" || TellsError(event["error"])) {
      TellError(event, reply_);
    } else if (type == "message_start") {
      AddMessage(event["message"], false);
    } else if (type == "content_block_start") {
      AddBlock(event["content_block"], BlockOf(event));
    } else if (type == "content_block_delta") {
      AddDelta(event["delta"], BlockOf(event));
    } else if (type == "content_block_stop") {
      BlockOf(event).ended = true;
    } else if (type == "message_delta") {
      AddEnd(event["delta"]);
      AddUsage(event["usage"]);
    } else if (type == "message" || (type.empty() && event["content"].Is(JsonKind::kArray))) {
      AddMessage(event, true);
    }
  }

  void Finish() {
    std::string blocks;
    bool plain = true;
    for (auto& [index, block] : blocks_) {
      if (block.type.empty()) continue;
      plain = plain && (block.type == "text" || block.type == "tool_use");
      if (std::string text = BlockText(block); !text.empty()) blocks += (blocks.empty() ? "" : ",") + text;
    }
    if (!plain) reply_.continuation = MakeContinuation("anthropic.messages", "[" + blocks + "]");
    for (auto& [index, block] : blocks_) {
      if (block.type == "text") {
        MendSurrogates(block.text);
        reply_.text += block.text;
      } else if (block.type == "thinking") {
        MendSurrogates(block.text);
        reply_.reasoning += block.text;
      } else if (block.type == "tool_use") {
        reply_.tool_calls.push_back({std::move(block.id), std::move(block.name), Arguments(block)});
      }
    }
    Usage& usage = reply_.usage;
    if (input_ || cache_read_ || cache_written_)
      usage.prompt_tokens = input_.value_or(0) + cache_read_.value_or(0) + cache_written_.value_or(0);
    if (usage.prompt_tokens && usage.completion_tokens)
      usage.total_tokens = *usage.prompt_tokens + *usage.completion_tokens;
  }

 private:
  // A fragment without an index belongs to the block that was named last.
  Block& BlockOf(const JsonView& event) {
    last_ = event["index"].Integer().value_or(last_);
    return blocks_[last_];
  }

  void AddMessage(const JsonView& message, bool whole) {
    if (std::string model = TextOf(message["model"]); !model.empty()) reply_.model.answered = std::move(model);
    std::int64_t index = 0;
    for (const JsonView& block : message["content"].Elements()) {
      AddBlock(block, blocks_[index]);
      blocks_[index].ended = whole;
      ++index;
    }
    AddEnd(message);
    AddUsage(message["usage"]);
  }

  static void AddBlock(const JsonView& view, Block& block) {
    block.type = view["type"].Text();
    block.text += view[block.type == "thinking" ? "thinking" : "text"].Text();
    block.id = TextOf(view["id"]);
    block.name = TextOf(view["name"]);
    if (view["input"]) block.input = CompactJson(view["input"]);
    block.members = MembersOf(view);
  }

  // A delta names the type of its block, so one that comes before its start is not lost.
  static void AddDelta(const JsonView& delta, Block& block) {
    const std::string type = delta["type"].Text();
    const auto is = [&](const char* kind) {
      if (block.type.empty()) block.type = kind;
      return block.type == kind;
    };
    if (type == "text_delta") {
      if (is("text")) block.text += delta["text"].Text();
    } else if (type == "thinking_delta") {
      if (is("thinking")) block.text += delta["thinking"].Text();
    } else if (type == "input_json_delta") {
      if (block.type.empty()) block.type = "tool_use";
      block.fragments += delta["partial_json"].Text();
    } else if (type == "signature_delta") {
      if (is("thinking")) block.members["signature"] = CompactJson(delta["signature"]);
    } else if (type == "citations_delta") {
      block.citations += (block.citations.empty() ? "" : ",") + CompactJson(delta["citation"]);
    }
  }

  // Of a message or of a `message_delta`.
  void AddEnd(const JsonView& view) {
    if (std::string reason = TextOf(view["stop_reason"]); !reason.empty()) reply_.finish_reason = std::move(reason);
    if (std::string why = TextOf(view["stop_details"]["explanation"]); !why.empty()) reply_.refusal = std::move(why);
  }

  // Counts grow from event to event; what an event does not tell stays.
  void AddUsage(const JsonView& usage) {
    const auto take = [&](const char* name, std::optional<std::int64_t>& count) {
      if (const std::optional<std::int64_t> told = usage[name].Integer()) count = told;
    };
    take("input_tokens", input_);
    take("cache_read_input_tokens", cache_read_);
    take("cache_creation_input_tokens", cache_written_);
    take("output_tokens", reply_.usage.completion_tokens);
  }

  // The block as it would have come whole. "" for an empty text, which must not be sent back.
  static std::string BlockText(Block& block) {
    JsonMembers& members = block.members;
    members["type"] = wire::QuoteJson(block.type);
    if (block.type == "text" || block.type == "thinking") {
      MendSurrogates(block.text);
      if (block.type == "text" && block.text.empty()) return {};
      members[block.type] = wire::QuoteJson(block.text);
    }
    if (!block.fragments.empty()) members["input"] = Arguments(block);
    if (!block.citations.empty()) members["citations"] = "[" + block.citations + "]";
    return ObjectText(members);
  }

  // A start says `"input": {}` whatever follows; no fragment at all means that it is so, once the block has ended.
  static std::string Arguments(Block& block) {
    MendSurrogates(block.fragments);
    if (!block.fragments.empty()) return CompactJsonText(block.fragments);
    if (block.input == "{}" && !block.ended) return {};
    return block.input;
  }

  Reply& reply_;
  std::map<std::int64_t, Block> blocks_;
  std::int64_t last_ = 0;
  std::optional<std::int64_t> input_, cache_read_, cache_written_;
};

}  // namespace

void ReadAnthropicReply(Reply& reply) {
  ForgetMeaning(reply);
  Gatherer gatherer(reply);
  const std::string_view body = TrimBody(reply.body);
  if (!body.empty() && (body.front() == '{' || body.front() == '[')) {
    gatherer.Add("", ReplyPiece(body).root());
  } else {
    for (const wire::SseEvent& event : wire::ParseSse(reply.body)) {
      const ReplyPiece piece(TrimBody(event.data));
      if (piece.root().Is(JsonKind::kObject)) gatherer.Add(event.type, piece.root());
    }
  }
  gatherer.Finish();
  TellFailure(reply);
}

}  // namespace reprise::format
