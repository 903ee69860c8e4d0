// HttpDesk: where requests over HTTP are taken to the session they belong to.
//
// Each way (an endpoint, a lane) has a loopback port for the life of the process. The front is started with the first
// of them, so a deck that is never asked over HTTP has none. What a request waits for (a cassette to be opened, a
// provider) it waits for on a worker, never on the front's loop.
#ifndef REPRISE_REPLAYER_DECK_HTTP_DESK_H_
#define REPRISE_REPLAYER_DECK_HTTP_DESK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/session/session.h"
#include "replayer/deck/current_tests.h"
#include "replayer/deck/steps.h"
#include "replayer/deck/workers.h"
#include "replayer/front/front.h"

namespace reprise::replayer {

class HttpDesk {
 public:
  // Opens the session of a stay, and the branch of the child that asks (0: none).
  using Open = std::function<Result<std::shared_ptr<session::Session>>(const reprise::internal::Message& opening,
                                                                       session::Session::Asker asker)>;
  // `tests` must outlive it.
  HttpDesk(CurrentTests& tests, Open open) : tests_(tests), open_(std::move(open)) {}
  ~HttpDesk();  // clients are gone, requests are done

  struct Way {
    session::Endpoint endpoint;  // as the code said it
    std::string lane;
    session::Session::Asker asker = 0;  // a re-executed child, which asks from the beginning
    bool host_only = false;
  };
  // Base URL of a way; `path` is that of the upstream's base URL. The same at every call.
  Result<std::string> UrlOf(const Way& way, const std::string& path, std::uint64_t body_bytes);

  // The test lets pieces go (pace by steps). At its close everything goes.
  void Step(const session::Session& session, std::uint64_t pieces);
  void Finish(const session::Session& session);

  // Sentences on requests that came, or that the front refused, while no test ran, since last asked. (One that the
  // front refuses while a test runs fails that test.)
  std::vector<std::string> TakeHomeless();

 private:
  struct Port {
    Way way;
    std::string token;
    replayer::Port port;
  };
  using Key = std::string;
  static Key KeyOf(const Way& way);

  using Guest = std::shared_ptr<CurrentTests::Guest>;
  // Both on the front's loop. A request belongs to the test that runs when its head is there, and that test waits for
  // its body.
  Guest Greet(const std::string& method, const std::string& target);
  void Arrive(Arrived request, std::shared_ptr<Answer> answer);
  void Serve(const Way& way, Arrived& request, const std::shared_ptr<Answer>& answer, const Guest& guest);
  void Keep(const std::string& sentence);  // for TakeHomeless: no test of ours can tell it
  std::shared_ptr<Steps> StepsOf(const session::Session& session);

  CurrentTests& tests_;
  const Open open_;
  std::mutex mutex_;  // not held while anything is waited for
  std::map<Key, std::size_t> known_;
  std::vector<Port> ports_;  // in the order of Port::id
  std::map<const session::Session*, std::shared_ptr<Steps>> steps_;
  std::vector<std::string> homeless_;
  Workers workers_{4};
  std::mutex front_mutex_;  // while a port is added
  std::unique_ptr<Front> front_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_HTTP_DESK_H_
