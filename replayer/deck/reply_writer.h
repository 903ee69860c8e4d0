// ReplyWriter: a sink that writes a reply to an HTTP client.
//
// A live reply goes out as it comes. A recorded one goes out with the same head and the same pieces, at the session's
// pace. Of a reply whose length the client knows, the last bytes wait for the end when it is being recorded: who has
// seen the whole of an answer can be killed without losing it.
#ifndef REPRISE_REPLAYER_DECK_REPLY_WRITER_H_
#define REPRISE_REPLAYER_DECK_REPLY_WRITER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/session/pace.h"
#include "replayer/deck/steps.h"
#include "replayer/front/front.h"
#include "reprise/transport.h"

namespace reprise::replayer {

// The fields that go to a client: all, but for the length and coding of bytes that it does not get because a coding was
// undone.
Headers FieldsToSend(const Headers& headers, bool coding_undone);

class ReplyWriter : public ReplySink {
 public:
  struct Options {
    session::Pace pace;
    std::shared_ptr<Steps> steps;  // for a pace by steps
    bool recording = false;        // the end comes when the exchange is on disk, or judged: what tells it waits
    bool patient = false;          // live: the upstream waits for a client that is slow to read
    bool head_only = false;        // the request was a HEAD
  };
  ReplyWriter(std::shared_ptr<Answer> answer, Options options)
      : answer_(std::move(answer)), options_(std::move(options)) {}
  // A reply that was begun and never ended is cut off.
  ~ReplyWriter() override;

  void OnOrigin(const Origin& origin) override;
  void OnStatusLine(const StatusLine& line) override { reply_.OnStatusLine(line); }
  void OnHead(int status, const Headers& headers) override;
  void OnCoding(const std::vector<std::string>& coding) override { reply_.OnCoding(coding); }
  bool OnChunk(std::string_view bytes, std::uint32_t ms) override;
  void OnTrailers(const Headers& trailers) override { reply_.OnTrailers(trailers); }
  void OnEnd(const BrokenEnd* end) override;

  // Nothing was sent yet, so an error may be.
  bool silent() const { return !head_seen_; }

 private:
  void SendHead();
  void Play();

  const std::shared_ptr<Answer> answer_;
  const Options options_;
  CollectingSink reply_;  // of a live one the head only
  bool replayed_ = false, head_seen_ = false, head_sent_ = false, ended_ = false;
  bool bodiless_ = false;
  std::optional<std::uint64_t> length_;  // that the client was told
  std::uint64_t received_ = 0;
  std::string held_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_REPLY_WRITER_H_
