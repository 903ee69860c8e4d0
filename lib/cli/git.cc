// reprise git: the group, and the three commands that git itself runs.
#include "lib/cli/git.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "lib/base/file_system.h"
#include "lib/cassette/container.h"
#include "lib/cassette/merge.h"
#include "lib/cli/commands.h"
#include "lib/cli/git_filter.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

constexpr int kConflict = 1;  // what git reads as "conflicts, see the file"

class FilterProcessCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "filter-process";
    info.summary = "run by git: text into its store, zstd into the work tree";
    info.examples = {{"git config filter.reprise.process \"reprise git filter-process\"",
                      "what `reprise git install` sets, with the whole path"}};
    info.details =
        "Speaks git's long-running filter protocol, version 2. A damaged cassette is an error, so that half a text "
        "never "
        "passes for a whole one; what is no cassette, and a text with a merge conflict in it, goes through unchanged.";
    info.exits = {"0  git closed the stream", "2  it is not git that speaks", "3  git went away in the middle"};
    return info;
  }

  int Run(Context& context) override {
    const auto read = [](char* to, std::size_t size) {
      while (true) {
        const ssize_t got = ::read(STDIN_FILENO, to, size);
        if (got >= 0 || errno != EINTR) return static_cast<long>(got);
      }
    };
    const auto write = [](std::string_view bytes) { return base::WriteAll(STDOUT_FILENO, bytes, "git"); };
    const Status served =
        ServeGitFilter(read, write, [&](const Status& status) { static_cast<void>(Fail(context, status)); });
    return served.ok() ? kExitSame : Fail(context, served);
  }
};

class TextconvCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "textconv";
    info.summary = "run by git diff: the text of a cassette";
    info.examples = {{"reprise git textconv Chat/AsksTwice.reprise", "its text"}};
    info.details = "Of a damaged cassette the text up to the damage, and a last line that says what is wrong.";
    info.exits = {"0  printed", "3  there is no such file"};
    return info;
  }
  void Declare(Arguments& arguments) override { arguments.Positional("FILE", &file_, "a cassette", true); }

  int Run(Context& context) override {
    const auto bytes = base::ReadFile(file_);
    if (!bytes.ok()) return Fail(context, bytes.status());
    const Status read = cassette::ToText(*bytes, file_, [&](std::string_view text) {
      context.console.Out(text);
      return Status();
    });
    if (!read.ok()) context.console.Line("reprise: " + report::HarmlessLine(read.ToString()));
    return kExitSame;
  }

 private:
  std::string file_;
};

class MergeCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "merge";
    info.summary = "run by git merge: joins cassettes exchange by exchange";
    info.examples = {{"reprise git merge %O %A %B %L %P", "as git calls it; the result stands in %A"}};
    info.details =
        "Exchanges are told apart by lane, key and take. What both sides changed differently is a conflict: both whole "
        "records stand between markers, the rest is merged. A side that cannot be read makes the whole file a "
        "conflict.";
    info.exits = {"0  merged", "1  there are conflicts; the file holds them", "3  a file cannot be read or written"};
    return info;
  }
  void Declare(Arguments& arguments) override {
    arguments.Positional("BASE", &base_, "the common ancestor", true);
    arguments.Positional("OURS", &ours_, "our version; replaced by the result", true);
    arguments.Positional("THEIRS", &theirs_, "their version", true);
    arguments.Positional("SIZE", &size_, "of the conflict markers", false);
    arguments.Positional("PATH", &path_, "of the file, for messages", false);
  }

  int Run(Context& context) override {
    const std::string& shown = path_.empty() ? ours_ : path_;
    std::string texts[3];
    std::string why;
    for (const auto& [file, to] : {std::pair{&base_, &texts[0]}, {&ours_, &texts[1]}, {&theirs_, &texts[2]}}) {
      const auto bytes = base::ReadFile(*file);
      if (!bytes.ok()) return Fail(context, bytes.status());
      const auto text = CleanCassette(*bytes, shown);
      if (text.ok()) {
        *to = *text;
      } else if (why.empty()) {
        why = text.status().ToString();
      }
    }
    cassette::MergeOptions options;
    std::from_chars(size_.data(), size_.data() + size_.size(), options.marker_size);
    if (why.empty()) {
      const auto merged = cassette::MergeTexts(texts[0], texts[1], texts[2], options);
      if (merged.ok()) {
        if (const Status written = Write(merged->text); !written.ok()) return Fail(context, written);
        for (const std::string& conflict : merged->conflicts) {
          context.console.Message("reprise: " + report::HarmlessLine(shown + ": both sides changed " + conflict));
        }
        return merged->conflicts.empty() ? kExitSame : kConflict;
      }
      why = merged.status().ToString();
      const std::string whole = cassette::ConflictOf(texts[1], texts[2], options);
      if (const Status written = Write(whole); !written.ok()) return Fail(context, written);
    }
    context.console.Message(
        "reprise: " + report::HarmlessLine(shown + ": cannot be merged by exchange, so it is one conflict: " + why));
    return kConflict;
  }

 private:
  // Not by a rename: git opened this file for us and reads it where it is.
  Status Write(const std::string& text) const {
    const base::FileDescriptor file(::open(ours_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!file.ok()) return base::ErrnoStatus(ours_, "cannot be written", errno);
    return base::WriteAll(file.get(), text, ours_);
  }

  std::string base_, ours_, theirs_, size_, path_;
};

class GitCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "git";
    info.summary = "keep cassettes as text in git's store, zstd in the work tree";
    info.examples = {{"reprise git install", "once in each clone"}, {"reprise git check", "in CI, or before a commit"}};
    info.details =
        "Git packs the text of cassettes better than a compressor can, shows and merges it; so a filter puts text into "
        "its store. A clone without the filter has plain text under the same names, and everything works.";
    return info;
  }
  std::vector<std::unique_ptr<Command>> Subcommands() const override {
    std::vector<std::unique_ptr<Command>> all;
    all.push_back(MakeGitInstall());
    all.push_back(MakeGitCheck());
    all.push_back(std::make_unique<FilterProcessCommand>());
    all.push_back(std::make_unique<TextconvCommand>());
    all.push_back(std::make_unique<MergeCommand>());
    return all;
  }
};

}  // namespace

std::unique_ptr<Command> MakeGit() { return std::make_unique<GitCommand>(); }

}  // namespace reprise::cli
