#include "replayer/front/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace reprise::replayer::internal {

namespace asio = boost::asio;
using boost::system::error_code;

struct Loop::Impl {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::Run() { impl_->io.run(); }
void Loop::Stop() { impl_->io.stop(); }
void Loop::Post(Callback callback) { asio::post(impl_->io, std::move(callback)); }

struct Loop::Socket::Impl {
  asio::posix::stream_descriptor descriptor;
};

Loop::Socket::Socket(Loop& loop, int fd)
    : fd_(fd), impl_(std::make_unique<Impl>(Impl{asio::posix::stream_descriptor(loop.impl_->io, fd)})) {}

Loop::Socket::~Socket() { Close(); }

void Loop::Socket::WhenReadable(Callback callback) {
  impl_->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                               [callback = std::move(callback)](error_code error) {
                                 if (error != asio::error::operation_aborted) callback();
                               });
}

void Loop::Socket::WhenWritable(Callback callback) {
  impl_->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                               [callback = std::move(callback)](error_code error) {
                                 if (error != asio::error::operation_aborted) callback();
                               });
}

void Loop::Socket::Close() {
  if (fd_ < 0) return;
  fd_ = -1;
  error_code ignored;
  impl_->descriptor.close(ignored);
}

// Shared with the handlers in flight: one that was already due when it was cancelled finds another round.
struct Loop::Timer::Impl {
  asio::steady_timer timer;
  std::uint64_t round = 0;
};

Loop::Timer::Timer(Loop& loop) : impl_(std::make_shared<Impl>(Impl{asio::steady_timer(loop.impl_->io)})) {}
Loop::Timer::~Timer() { Cancel(); }

void Loop::Timer::At(Clock::time_point when, Callback callback) {
  const std::uint64_t round = ++impl_->round;
  impl_->timer.expires_at(when);
  impl_->timer.async_wait([impl = impl_, round, callback = std::move(callback)](error_code) {
    if (impl->round == round) callback();
  });
}

void Loop::Timer::Cancel() {
  ++impl_->round;
  impl_->timer.cancel();
}

}  // namespace reprise::replayer::internal
