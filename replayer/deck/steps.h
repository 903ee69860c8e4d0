// Steps: the setting `pace` = "step". Pieces of replayed replies that wait until the test lets them go.
#ifndef REPRISE_REPLAYER_DECK_STEPS_H_
#define REPRISE_REPLAYER_DECK_STEPS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>

namespace reprise::replayer {

// Of one session. Thread-safe; what is let go runs on the thread that let it go, or that brought it.
class Steps {
 public:
  using Piece = std::function<void()>;  // sends a piece; must not block

  // A reply: its pieces in order, and its end, which goes with the last of them (at once where there is none).
  void Add(std::deque<Piece> pieces, Piece end);
  // The next `count` pieces may go, of the oldest reply first; what is not there yet may go when it comes.
  void Release(std::uint64_t count);
  // Everything may go, now and later.
  void ReleaseAll();

 private:
  struct Waiting {
    std::deque<Piece> pieces;
    Piece end;
  };
  void Flow();  // under the lock

  std::mutex mutex_;
  std::list<Waiting> waiting_;
  std::uint64_t credit_ = 0;
  bool all_ = false;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_STEPS_H_
