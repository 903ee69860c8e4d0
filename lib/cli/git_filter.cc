#include "lib/cli/git_filter.h"

#include <map>
#include <utility>
#include <vector>

#include "lib/cassette/container.h"
#include "lib/cassette/frame.h"

namespace reprise::cli {
namespace {

using Kind = PacketReader::Kind;

Status Unexpected(std::string_view what) {
  return Status(ErrorKind::kUsage, "git filter-process", std::string(what),
                "It is run by git; `reprise git install` sets it up");
}

class Filter {
 public:
  Filter(ReadBytes read, const WriteBytes& write, const std::function<void(const Status&)>& tell,
         const GitFilterLimits& limits)
      : packets_(std::move(read)), write_(write), tell_(tell), limits_(limits) {}

  Status Serve() {
    REPRISE_RETURN_IF_ERROR(ShakeHands());
    while (true) {
      bool ended = false;
      auto lines = Lines(&ended);
      if (!lines.ok()) return lines.status();
      if (ended) return {};
      REPRISE_RETURN_IF_ERROR(Answer(*lines));
    }
  }

 private:
  // Lines up to a flush, without their line feeds. `ended` (where given): the stream may end before the first.
  Result<std::vector<std::string>> Lines(bool* ended = nullptr) {
    constexpr std::size_t kMaxLines = 1000;
    std::vector<std::string> lines;
    while (true) {
      std::string_view data;
      const auto kind = packets_.Next(&data);
      if (!kind.ok()) return kind.status();
      if (*kind == Kind::kFlush) return lines;
      if (*kind == Kind::kEnd) {
        if (ended == nullptr || !lines.empty()) return Unexpected("the stream ended inside a message");
        *ended = true;
        return lines;
      }
      if (lines.size() == kMaxLines) return Unexpected("a message has no end");
      if (!data.empty() && data.back() == '\n') data.remove_suffix(1);
      lines.emplace_back(data);
    }
  }

  static bool Has(const std::vector<std::string>& lines, std::string_view line) {
    for (const std::string& one : lines) {
      if (one == line) return true;
    }
    return false;
  }

  Status ShakeHands() {
    const auto hello = Lines();
    if (!hello.ok()) return hello.status();
    if (hello->empty() || hello->front() != "git-filter-client") return Unexpected("this is not git speaking");
    if (!Has(*hello, "version=2")) return Unexpected("this git speaks a version of the protocol that is not known");
    REPRISE_RETURN_IF_ERROR(WriteLine(write_, "git-filter-server"));
    REPRISE_RETURN_IF_ERROR(WriteLine(write_, "version=2"));
    REPRISE_RETURN_IF_ERROR(WriteFlush(write_));
    const auto offered = Lines();
    if (!offered.ok()) return offered.status();
    for (const char* capability : {"capability=clean", "capability=smudge"}) {
      if (Has(*offered, capability)) REPRISE_RETURN_IF_ERROR(WriteLine(write_, capability));
    }
    return WriteFlush(write_);
  }

  Status Answer(const std::vector<std::string>& lines) {
    std::string command, path;
    for (const std::string& line : lines) {
      if (line.rfind("command=", 0) == 0) command = line.substr(8);
      if (line.rfind("pathname=", 0) == 0) path = line.substr(9);
    }
    bool too_large = false;
    const auto content = Content(&too_large);
    if (!content.ok()) return content.status();
    Result<std::string> out = Status(ErrorKind::kUsage, path, "git asks for \"" + command + "\", which is not known");
    if (too_large) {
      out = Status(ErrorKind::kUsage, path, "is larger than " + std::to_string(limits_.content_bytes) + " bytes");
    } else if (command == "clean") {
      out = CleanCassette(*content, path);
    } else if (command == "smudge") {
      out = SmudgeCassette(*content, path);
    }
    if (!out.ok()) {
      tell_(out.status());
      REPRISE_RETURN_IF_ERROR(WriteLine(write_, "status=error"));
      return WriteFlush(write_);
    }
    REPRISE_RETURN_IF_ERROR(WriteLine(write_, "status=success"));
    REPRISE_RETURN_IF_ERROR(WriteFlush(write_));
    REPRISE_RETURN_IF_ERROR(WriteContent(write_, *out));
    REPRISE_RETURN_IF_ERROR(WriteFlush(write_));
    return WriteFlush(write_);  // an empty list: the status stays what it was
  }

  // Packets up to a flush. What is over the limit is read, for git goes on writing, and dropped.
  Result<std::string> Content(bool* too_large) {
    std::string content;
    while (true) {
      std::string_view data;
      const auto kind = packets_.Next(&data);
      if (!kind.ok()) return kind.status();
      if (*kind == Kind::kFlush) return content;
      if (*kind == Kind::kEnd) return Unexpected("the stream ended inside a file");
      *too_large = *too_large || content.size() + data.size() > limits_.content_bytes;
      if (!*too_large) content += data;
    }
  }

  PacketReader packets_;
  const WriteBytes& write_;
  const std::function<void(const Status&)>& tell_;
  const GitFilterLimits& limits_;
};

}  // namespace

Result<std::string> CleanCassette(std::string_view bytes, const std::string& name) {
  if (!cassette::BeginsWithFrame(bytes)) return std::string(bytes);
  return cassette::ToText(bytes, name);
}

std::string SmudgeCassette(std::string_view bytes, const std::string& name) {
  if (cassette::BeginsWithFrame(bytes)) return std::string(bytes);
  auto packed = cassette::Pack(bytes, name);
  if (!packed.ok()) return std::string(bytes);
  const auto back = cassette::ToText(*packed, name);
  return back.ok() && *back == bytes ? *std::move(packed) : std::string(bytes);
}

Status ServeGitFilter(ReadBytes read, const WriteBytes& write, const std::function<void(const Status&)>& tell,
                      const GitFilterLimits& limits) {
  return Filter(std::move(read), write, tell, limits).Serve();
}

}  // namespace reprise::cli
