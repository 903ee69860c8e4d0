#include "tests/house/arrows.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include "lib/base/file_system.h"

namespace reprise::house {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

// "folder/" stands for all below it, anything else for itself.
bool Names(const std::string& pattern, const std::string& header) {
  return pattern.back() == '/' ? StartsWith(header, pattern) : header == pattern;
}

// A prefix; "FOLDER/*.cc" stands for the sources of that folder and below.
bool Covers(const std::string& pattern, const std::string& path) {
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) return StartsWith(path, pattern);
  const std::string ending = pattern.substr(star + 1);
  return StartsWith(path, pattern.substr(0, star)) && path.size() >= ending.size() &&
         path.compare(path.size() - ending.size(), ending.size(), ending) == 0;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

Result<ArrowTable> ArrowTable::Parse(std::string_view text) {
  ArrowTable table;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty() || words[0][0] == '#') continue;
    const auto wrong = [&](const std::string& reason) {
      return Status(ErrorKind::kUsage, "line " + std::to_string(number) + " of the table", reason);
    };
    if (words.size() < 2) return wrong("\"" + line + "\" is too short");
    if (words[0] == "layer") {
      for (std::size_t i = 2; i < words.size(); ++i) table.prefixes_.emplace_back(words[i], words[1]);
    } else if (words[0] == "allow") {
      table.allowed_[words[1]].insert(words.begin() + 2, words.end());
    } else if (words[0] == "door") {
      const auto colon = std::find(words.begin(), words.end(), ":");
      if (colon == words.end()) return wrong("a door needs \" : \" between headers and paths");
      table.doors_.push_back({{words.begin() + 1, colon}, {colon + 1, words.end()}});
    } else if (words[0] == "system") {
      table.system_.insert(table.system_.end(), words.begin() + 1, words.end());
    } else {
      return wrong("\"" + words[0] + "\" is neither layer, allow, door nor system");
    }
  }
  for (const auto& [layer, others] : table.allowed_) {
    for (const std::string& name : others) {
      const bool known = name == "*" || std::any_of(table.prefixes_.begin(), table.prefixes_.end(),
                                                    [&](const auto& entry) { return entry.second == name; });
      if (!known) return Status(ErrorKind::kUsage, "allow " + layer, "there is no layer \"" + name + "\"");
    }
  }
  return table;
}

std::string ArrowTable::LayerOf(std::string_view path) const {
  const std::pair<std::string, std::string>* best = nullptr;
  for (const auto& entry : prefixes_) {
    if (StartsWith(path, entry.first) && (best == nullptr || entry.first.size() > best->first.size())) best = &entry;
  }
  return best == nullptr ? "" : best->second;
}

std::string ArrowTable::JudgeLayer(const std::string& path, const std::string& included) const {
  const std::string from = LayerOf(path), to = LayerOf(included);
  if (from.empty()) return "the file is in no layer of the table";
  if (to.empty()) return included + " is in no layer of the table";
  if (from == to) return "";
  const auto found = allowed_.find(from);
  if (found != allowed_.end() && (found->second.count(to) != 0 || found->second.count("*") != 0)) return "";
  return from + " may not include " + to;
}

std::string ArrowTable::JudgeSystem(const std::string& path, const std::string& name) const {
  for (const Door& door : doors_) {
    if (std::none_of(door.headers.begin(), door.headers.end(), [&](const auto& h) { return Names(h, name); })) continue;
    if (std::any_of(door.paths.begin(), door.paths.end(), [&](const auto& p) { return Covers(p, path); })) return "";
    return "its door is " + Joined(door.paths);
  }
  if (name.find_first_of("./") == std::string::npos) return "";
  if (std::any_of(system_.begin(), system_.end(), [&](const auto& s) { return Names(s, name); })) return "";
  return "it has no door in the table and is no header of the system";
}

Result<std::vector<std::string>> BrokenArrows(const ArrowTable& table, const std::string& root,
                                              const std::vector<std::string>& folders) {
  static const std::regex include("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*");
  const auto exists = [&](const std::string& path) {
    return base::Exists(base::Join(root, path)) && !base::IsFolder(base::Join(root, path));
  };
  std::vector<std::string> broken;
  for (const std::string& folder : folders) {
    const auto files = base::FindFiles(base::Join(root, folder), {".h", ".cc"});
    if (!files.ok()) return files.status();
    for (const std::string& file : *files) {
      const auto text = base::ReadFile(file);
      if (!text.ok()) return text.status();
      const std::string path = file.substr(base::Join(root, "").size());
      std::istringstream lines(*text);
      std::string line;
      for (int number = 1; std::getline(lines, line); ++number) {
        std::smatch match;
        if (line.find("include") == std::string::npos || !std::regex_match(line, match, include)) continue;
        const std::string why = table.Judge(path, match[2], match[1] == "\"", exists);
        if (!why.empty()) broken.push_back(path + ":" + std::to_string(number) + ": " + match[2].str() + ": " + why);
      }
    }
  }
  return broken;
}

}  // namespace reprise::house
