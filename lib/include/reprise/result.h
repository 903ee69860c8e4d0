// Status and Result<T>: how reprise tells of errors.
//
// An error is a value with a kind, an object (what it happened to), a reason, and a next step for the reader.
// Nothing in reprise's public functions throws. C++17, usable with -fno-exceptions and -fno-rtti.
//
//   reprise::Result<reprise::Reply> reply = reprise::Current().Ask(chat);
//   if (!reply.ok()) std::cerr << reply.status().ToString() << '\n';
//
// Values are immutable once made and may be shared between threads as any const object may.
#ifndef REPRISE_RESULT_H_
#define REPRISE_RESULT_H_

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#define REPRISE_API __attribute__((visibility("default")))

namespace reprise {

// The kinds a caller may want to tell apart. The program's exit code follows from the kind (`ExitCode`).
enum class ErrorKind {
  kOk,
  kUsage,     // the caller's settings, flags or arguments (exit 2)
  kMismatch,  // a request with no recording, or a value that differs (exit 1)
  kCassette,  // a cassette or golden is missing, damaged, too new (exit 3)
  kUpstream,  // provider or network (exit 4)
  kSecret,    // a credential would have been stored (exit 5)
  kStale,     // the evidence is old, it says nothing about the answer (exit 6)
  kIo,        // disk, sockets, processes of this machine (exit 3)
  kInternal,  // a fault of ours; please report it (exit 70)
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  // `object` names what it happened to (a path, a URL, a test), `reason` is one clause without a final full stop,
  // `next` one sentence that tells the reader what to do; it may be empty.
  Status(ErrorKind kind, std::string object, std::string reason, std::string next = {})
      : kind_(kind), object_(std::move(object)), reason_(std::move(reason)), next_(std::move(next)) {}

  bool ok() const { return kind_ == ErrorKind::kOk; }
  ErrorKind kind() const { return kind_; }
  const std::string& object() const { return object_; }
  const std::string& reason() const { return reason_; }
  const std::string& next() const { return next_; }

  // "object: reason. Next step", on one line unless the reason itself has several.
  std::string ToString() const {
    if (ok()) return "OK";
    std::string out = object_.empty() ? reason_ : object_ + ": " + reason_;
    if (!next_.empty()) out += (out.empty() || out.back() == '\n' ? "" : ". ") + next_;
    return out;
  }

  // The exit code of the `reprise` program for this status.
  int ExitCode() const {
    switch (kind_) {
      case ErrorKind::kOk: return 0;
      case ErrorKind::kMismatch: return 1;
      case ErrorKind::kUsage: return 2;
      case ErrorKind::kCassette:
      case ErrorKind::kIo: return 3;
      case ErrorKind::kUpstream: return 4;
      case ErrorKind::kSecret: return 5;
      case ErrorKind::kStale: return 6;
      case ErrorKind::kInternal: return 70;
    }
    return 70;
  }

 private:
  ErrorKind kind_ = ErrorKind::kOk;
  std::string object_, reason_, next_;
};

inline std::ostream& operator<<(std::ostream& out, const Status& status) { return out << status.ToString(); }

// A value, or the status that says why there is none. `value()` on an error stops the program with the sentence.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT: implicit, so that `return value;` reads well
  Result(Status status) : status_(std::move(status)) {  // NOLINT
    if (status_.ok()) status_ = Status(ErrorKind::kInternal, "Result", "made of an OK status and no value");
  }

  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Status& status() const { return status_; }

  T& value() & {
    Check();
    return *value_;
  }
  const T& value() const& {
    Check();
    return *value_;
  }
  T&& value() && {
    Check();
    return *std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void Check() const {
    if (ok()) return;
    std::fprintf(stderr, "reprise: the value of a failed Result was used: %s\n", status_.ToString().c_str());
    std::abort();
  }

  std::optional<T> value_;
  Status status_;
};

}  // namespace reprise

// Returns early from a function that returns Status or Result<T>.
#define REPRISE_RETURN_IF_ERROR(expression)                                                           \
  do {                                                                                                \
    if (::reprise::Status reprise_status = (expression); !reprise_status.ok()) return reprise_status; \
  } while (false)

#endif  // REPRISE_RESULT_H_
