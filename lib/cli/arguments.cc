#include "lib/cli/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "lib/base/spelling.h"

namespace reprise::cli {
namespace {

// "-n,--number" to "--number": how messages name an option.
std::string LongName(const std::string& name) {
  const std::size_t comma = name.rfind(',');
  return comma == std::string::npos ? name : name.substr(comma + 1);
}

std::string Listed(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return out;
}

}  // namespace

// `rest` is what no option took, with the first `--` in it.
Status Arguments::Place(const std::vector<std::string>& rest) const {
  std::vector<std::string> words;
  bool options_ended = false;
  const bool command = std::any_of(list_.begin(), list_.end(), [](const Argument& one) { return one.command; });
  for (const std::string& word : rest) {
    if (!options_ended && word == "--") {
      options_ended = true;
    } else if (!options_ended && word.size() > 1 && word[0] == '-') {
      std::vector<std::string> names;
      for (const Argument& argument : list_)
        if (!argument.positional) names.push_back(LongName(argument.name));
      const std::string nearest = base::NearestWord(word.substr(0, word.find('=')), names);
      return Status(ErrorKind::kUsage, word, "is no option of this command",
                    nearest.empty() ? "" : "Did you mean " + nearest + "?");
    } else if (!options_ended && command) {
      return Status(ErrorKind::kUsage, word, "stands before the --",
                    "The program to run, and its arguments, follow it");
    } else {
      words.push_back(word);
    }
  }
  std::size_t next = 0;
  for (const Argument& argument : list_) {
    if (!argument.positional) continue;
    if (next == words.size()) {
      if (argument.required) return Status(ErrorKind::kUsage, argument.name, "is missing");
    } else if (argument.many) {
      argument.texts->assign(words.begin() + static_cast<std::ptrdiff_t>(next), words.end());
      next = words.size();
    } else {
      *argument.text = words[next++];
    }
  }
  if (next < words.size()) return Status(ErrorKind::kUsage, words[next], "is one argument too many");
  return {};
}

Status Arguments::Parse(const std::vector<std::string>& words) const {
  try {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();  // told by us, with the nearest name
    std::vector<std::pair<const Argument*, CLI::Option*>> options;
    for (const Argument& argument : list_) {
      if (argument.positional) continue;  // see Place
      CLI::Option* option = argument.flag != nullptr ? app.add_flag(argument.name) : app.add_option(argument.name);
      // Results are read as CLI11 received them: its conversions would split "[a,b]", which may be a folder's name.
      if (argument.flag == nullptr)
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false)->expected(1);
      options.emplace_back(&argument, option);
    }
    // What follows -- is nobody's option.
    const auto dashes = std::find(words.begin(), words.end(), "--");
    std::vector<std::string> reversed(std::make_reverse_iterator(dashes), words.rend());
    app.parse(reversed);

    for (const auto& [argument, option] : options) {
      const std::vector<std::string>& results = option->results();
      if (results.empty()) continue;
      if (argument->flag != nullptr) *argument->flag = results.back() != "false";
      if (argument->text != nullptr) *argument->text = results.back();
      if (argument->texts != nullptr) *argument->texts = results;
      if (!argument->choices.empty() &&
          std::find(argument->choices.begin(), argument->choices.end(), results.back()) == argument->choices.end())
        return Status(ErrorKind::kUsage, LongName(argument->name),
                      "\"" + results.back() + "\" is none of " + Listed(argument->choices));
    }
    std::vector<std::string> rest = app.remaining();
    rest.insert(rest.end(), dashes, words.end());
    return Place(rest);
  } catch (const CLI::Error& error) {
    return Status(ErrorKind::kUsage, "", error.what());
  } catch (const std::exception& error) {
    return Status(ErrorKind::kInternal, "command line", error.what());
  }
}

}  // namespace reprise::cli
