#include "replayer/deck/reply_writer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lib/wire/headers.h"
#include "lib/wire/status_line.h"

namespace reprise::replayer {
namespace {

// Upstream asks for none, so a coding that came was undone, unless there was nothing to undo.
bool SaysCoded(const Headers& headers) {
  const std::optional<std::string> coding = wire::HeaderValue(headers, "content-encoding");
  return coding && !coding->empty() && !wire::EqualNoCase(*coding, "identity");
}

std::optional<std::uint64_t> LengthOf(const Headers& headers) {
  const Header* field = wire::FindHeader(headers, "content-length");
  if (field == nullptr) return {};
  const std::string_view text = wire::TrimSpace(field->value);
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return length;
}

}  // namespace

Headers FieldsToSend(const Headers& headers, bool coding_undone) {
  if (!coding_undone) return headers;
  Headers out;
  for (const Header& header : headers)
    if (!wire::EqualNoCase(header.name, "content-length") && !wire::EqualNoCase(header.name, "content-encoding"))
      out.push_back(header);
  return out;
}

ReplyWriter::~ReplyWriter() {
  if (head_seen_ && !ended_) answer_->Cut({"closed", received_});
}

void ReplyWriter::OnOrigin(const Origin& origin) {
  replayed_ = origin.replayed;
  reply_.OnOrigin(origin);
}

void ReplyWriter::OnHead(int status, const Headers& headers) {
  reply_.OnHead(status, headers);
  head_seen_ = true;
  if (replayed_) return;
  const bool coded = !options_.head_only && SaysCoded(headers);
  reply_.reply().headers = FieldsToSend(headers, coded);
  length_ = LengthOf(reply_.reply().headers);
  bodiless_ = options_.head_only || status == 204 || status == 304 || length_ == std::uint64_t{0};
  if (!(options_.recording && bodiless_)) SendHead();
}

void ReplyWriter::SendHead() {
  if (head_sent_) return;
  head_sent_ = true;
  Reply& reply = reply_.reply();
  answer_->Head(reply.status, wire::ReasonOf(reply), reply.headers);
}

bool ReplyWriter::OnChunk(std::string_view bytes, std::uint32_t ms) {
  if (replayed_) return reply_.OnChunk(bytes, ms);
  SendHead();
  received_ += bytes.size();
  if (options_.recording && length_ && received_ >= *length_) {
    held_.append(bytes);
    return !answer_->gone();
  }
  return answer_->Chunk(std::string(bytes), 0, options_.patient);
}

void ReplyWriter::OnEnd(const BrokenEnd* end) {
  if (ended_) return;
  ended_ = true;
  reply_.OnEnd(end);
  if (replayed_) {
    Play();
    return;
  }
  SendHead();
  if (!held_.empty()) answer_->Chunk(std::move(held_), 0, false);
  if (end != nullptr)
    answer_->Cut(*end);
  else
    answer_->End(reply_.reply().trailers);
}

void ReplyWriter::Play() {
  const Reply& reply = reply_.reply();
  const std::shared_ptr<Answer> answer = answer_;
  // A length that is not that of the body (imported recordings have such) would cut it, or leave the client waiting.
  const std::optional<std::uint64_t> said = LengthOf(reply.headers);
  const bool bodiless = options_.head_only || reply.status == 204 || reply.status == 304;
  const bool lie = said && !bodiless && !reply.end && *said != reply.body.size();
  Headers fields = FieldsToSend(reply.headers, !reply.coding.empty());
  const auto is_length = [](const Header& field) { return wire::EqualNoCase(field.name, "content-length"); };
  if (lie) fields.erase(std::remove_if(fields.begin(), fields.end(), is_length), fields.end());
  answer->Head(reply.status, wire::ReasonOf(reply), std::move(fields));
  const auto finish = [answer, end = reply.end, trailers = reply.trailers] {
    if (end)
      answer->Cut(*end);
    else
      answer->End(trailers);
  };
  std::size_t at = 0;
  std::deque<Steps::Piece> steps;
  for (const session::Piece& piece : session::PiecesOf(reply, options_.pace)) {
    std::string bytes = reply.body.substr(at, piece.bytes);
    at += piece.bytes;
    if (options_.pace.by_step && options_.steps)
      steps.push_back([answer, bytes = std::move(bytes)] { answer->Chunk(bytes, 0, false); });
    else
      answer->Chunk(std::move(bytes), piece.after_ms, false);
  }
  if (options_.pace.by_step && options_.steps)
    options_.steps->Add(std::move(steps), finish);
  else
    finish();
}

}  // namespace reprise::replayer
