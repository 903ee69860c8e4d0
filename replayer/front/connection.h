// Connection: one client. Reads a request, hands it on, writes its reply, reads the next one. All on the loop.
//
// It reads ahead while it replies, up to a bound: that is how it notices at once that a client has gone. It keeps
// itself alive by the waits it has under way; who closes it drops them.
#ifndef REPRISE_REPLAYER_FRONT_CONNECTION_H_
#define REPRISE_REPLAYER_FRONT_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replayer/front/front.h"
#include "replayer/front/guards.h"
#include "replayer/front/loop.h"
#include "replayer/front/reply.h"
#include "replayer/front/reply_head.h"
#include "replayer/front/request_reader.h"

namespace reprise::replayer::internal {

class Connection;

// What the connections of a front share. Outlives them.
class Clients {
 public:
  virtual ~Clients() = default;
  virtual void Gone(Connection& connection) = 0;  // it is closed; drop it

  Loop loop;
  FrontLimits limits;
  Front::Handler handler;
  Front::Refused refused;
  Front::Headed headed;
  std::uint64_t arriving = 0;  // bytes of bodies that are not whole yet
  std::vector<char> scratch;   // one read
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `fd`: accepted, non-blocking. The guard outlives the connection.
  Connection(Clients& clients, const PortGuard& guard, int fd);
  ~Connection();

  void Start();
  void Close();  // now, without a word
  // Does what is due when a client was too slow.
  void LookAtClock(Loop::Clock::time_point now);

 private:
  enum class Phase {
    kReading,    // a request
    kReplying,   // the request is whole
    kResetting,  // all is written; a reset follows when the client has it
    kLingering,  // nothing more is sent; what comes is thrown away until the client closes
    kClosed,
  };
  struct Out {
    std::string bytes;
    bool body = false;
  };

  // Reading.
  void Listen();
  void OnReadable();
  void Advance();
  void Dispatch();
  void Refuse(const Refusal& refusal);
  void ClientWent();
  void CountArriving(std::size_t bytes);

  // Writing.
  void Pump();   // takes what was pushed
  void Write();  // as much as the client takes and the turn allows
  void WriteLater();
  void Fill();
  bool IsDue(const Piece& piece);
  void Encode(Piece piece);
  void EncodeHead(const Piece& piece);
  void EncodeChunk(std::string bytes, std::uint64_t announced);
  void EncodeEnd(const Headers& trailers);
  void EncodeCut(Piece piece);
  void EncodeFault(int status, const std::string& why);
  void Frame(std::string_view text);
  bool Send(std::size_t& budget);
  void Written();
  void FinishReply();
  void Linger();
  void ResetWhenTaken();
  std::optional<std::uint64_t> WholeBody() const;
  void Deadline(FrontLimits::Duration from_now);
  void NoDeadline() { deadline_.reset(); }

  Clients& clients_;
  const PortGuard& guard_;
  Loop::Socket socket_;
  Loop::Timer timer_;  // of the next piece, or of a reset
  Phase phase_ = Phase::kReading;
  std::optional<Loop::Clock::time_point> deadline_;

  std::string in_;
  std::unique_ptr<RequestReader> reader_;          // none between requests
  std::optional<std::shared_ptr<void>> greeting_;  // of the request whose body is arriving
  std::size_t arriving_ = 0;
  bool listening_ = false;
  bool advancing_ = false;
  bool continued_ = false;  // "100 Continue" was sent

  std::shared_ptr<Reply> reply_;
  bool head_request_ = false;
  bool http_1_0_ = false;
  bool keep_alive_ = false;
  Loop::Clock::time_point last_piece_;
  std::optional<Loop::Clock::time_point> armed_;  // when the timer wakes the next piece
  std::deque<Piece> pieces_;
  bool head_sent_ = false;
  HeadPlan plan_;
  std::uint64_t body_pushed_ = 0;  // with a length
  bool encoded_all_ = false;
  bool reset_ = false;
  bool close_after_ = false;

  std::deque<Out> out_;
  std::size_t out_bytes_ = 0;
  std::size_t out_offset_ = 0;  // of the first of out_
  bool waiting_writable_ = false;
  bool later_ = false;
  FrontLimits::Duration reset_pause_{1};
};

}  // namespace reprise::replayer::internal

#endif  // REPRISE_REPLAYER_FRONT_CONNECTION_H_
