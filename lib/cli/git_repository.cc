#include "lib/cli/git_repository.h"

#include <charconv>
#include <utility>

#include "lib/base/file_system.h"
#include "lib/cli/child.h"

namespace reprise::cli {
namespace {

// Takes what stands before `end` off the front of `text`; everything when `end` is not there.
std::string_view Take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

// What git said, on one line.
std::string OneLine(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::string line(text);
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

}  // namespace

Result<GitRepository> GitRepository::Find() {
  const auto said = RunChild({"git", "rev-parse", "--show-toplevel"});
  if (!said.ok()) return said.status();
  std::string top = said->out;
  if (!top.empty() && top.back() == '\n') top.pop_back();
  if (said->code != 0 || top.empty()) {
    return Status(ErrorKind::kUsage, base::Absolute("."),
                  "is in no work tree of git" + (said->err.empty() ? "" : " (" + OneLine(said->err) + ")"));
  }
  return GitRepository(top);
}

Result<std::string> GitRepository::Run(const std::vector<std::string>& words, const std::string* input) const {
  std::vector<std::string> all = {"git"};
  all.insert(all.end(), words.begin(), words.end());
  auto said = RunChild(all, top_, input);
  if (!said.ok()) return said.status();
  if (said->code != 0) {
    return Status(ErrorKind::kIo, "git " + words[0],
                  said->err.empty() ? "ended with code " + std::to_string(said->code) : OneLine(said->err));
  }
  return std::move(said->out);
}

std::string GitRepository::Config(const std::string& name) const {
  const auto value = Run({"config", "--null", "--get", name});
  if (!value.ok()) return {};
  return value->substr(0, value->find('\0'));
}

Result<std::vector<IndexEntry>> GitRepository::Indexed(const std::vector<std::string>& patterns) const {
  std::vector<std::string> words = {"ls-files", "-s", "-z", "--"};
  for (const std::string& pattern : patterns) words.push_back(":(top,glob)**/" + pattern);
  const auto listed = Run(words);
  if (!listed.ok()) return listed.status();
  std::vector<IndexEntry> entries;
  for (std::string_view rest = *listed; !rest.empty();) {
    std::string_view line = Take(rest, '\0');
    IndexEntry entry;
    entry.mode = Take(line, ' ');
    entry.oid = Take(line, ' ');
    const std::string_view stage = Take(line, '\t');
    std::from_chars(stage.data(), stage.data() + stage.size(), entry.stage);
    entry.path = line;
    if (entry.mode != "160000" && entry.mode != "120000") entries.push_back(std::move(entry));
  }
  return entries;
}

Status GitRepository::ReadEach(const std::vector<IndexEntry>& entries,
                               const std::function<Status(const IndexEntry&, std::string_view)>& visit) const {
  constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20;
  std::string oids;
  for (const IndexEntry& entry : entries) oids += entry.oid + "\n";
  const auto sizes = Run({"cat-file", "--batch-check=%(objectsize)"}, &oids);
  if (!sizes.ok()) return sizes.status();
  std::vector<IndexEntry> batch;
  std::uint64_t bytes = 0;
  std::string_view rest = *sizes;
  for (const IndexEntry& entry : entries) {
    const std::string_view line = Take(rest, '\n');
    std::uint64_t size = 0;
    std::from_chars(line.data(), line.data() + line.size(), size);
    if (!batch.empty() && bytes + size > kBatchBytes) {
      REPRISE_RETURN_IF_ERROR(ReadBatch(batch, visit));
      batch.clear();
      bytes = 0;
    }
    batch.push_back(entry);
    bytes += size;
  }
  return batch.empty() ? Status() : ReadBatch(batch, visit);
}

Status GitRepository::ReadBatch(const std::vector<IndexEntry>& entries,
                                const std::function<Status(const IndexEntry&, std::string_view)>& visit) const {
  std::string oids;
  for (const IndexEntry& entry : entries) oids += entry.oid + "\n";
  const auto blobs = Run({"cat-file", "--batch=%(objecttype) %(objectsize)"}, &oids);
  if (!blobs.ok()) return blobs.status();
  std::string_view rest = *blobs;
  for (const IndexEntry& entry : entries) {
    std::string_view head = Take(rest, '\n');
    const std::string_view type = Take(head, ' ');
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), size);
    if (type != "blob" || error != std::errc() || end != head.data() + head.size() || size > rest.size()) {
      return Status(ErrorKind::kIo, entry.path,
                    "git cannot give its content from the index (object " + entry.oid + ")");
    }
    REPRISE_RETURN_IF_ERROR(visit(entry, rest.substr(0, size)));
    rest.remove_prefix(size);
    Take(rest, '\n');
  }
  return {};
}

Result<GitRepository::Attributes> GitRepository::AttributesOf(const std::vector<std::string>& paths,
                                                              const std::vector<std::string>& names,
                                                              bool work_tree) const {
  std::vector<std::string> words = {"check-attr", "-z", "--stdin"};
  if (!work_tree) words.push_back("--cached");
  words.insert(words.end(), names.begin(), names.end());
  std::string input;
  for (const std::string& path : paths) input.append(path).push_back('\0');
  const auto listed = Run(words, &input);
  if (!listed.ok()) return listed.status();
  Attributes attributes;
  for (std::string_view rest = *listed; !rest.empty();) {
    const std::string path(Take(rest, '\0')), name(Take(rest, '\0'));
    attributes[path][name] = Take(rest, '\0');
  }
  return attributes;
}

std::string ShellQuoted(std::string_view path) {
  std::string out = "'";
  for (const char c : path) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace reprise::cli
