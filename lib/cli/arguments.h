// Arguments: what a subcommand takes, declared as data; from it come the parser, the help, and the reference page, so
// they cannot drift apart. CLI11 parses, behind this door.
//
// Options are long (`--from`), values come as the next argument or after `=`; abbreviations are never accepted. `--`
// ends the options. `-` alone is an ordinary argument.
#ifndef REPRISE_CLI_ARGUMENTS_H_
#define REPRISE_CLI_ARGUMENTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "reprise/result.h"

namespace reprise::cli {

class Arguments {
 public:
  struct Argument {
    std::string name;   // "--from", "-n,--number", "PATH"
    std::string value;  // "DIR": what a value is called; "" for a flag
    std::string help;   // one or two clauses, lower-case, no full stop
    std::vector<std::string> choices;
    bool positional = false, required = false, many = false;
    // Where the result goes: one of these is set. They must outlive `Parse`.
    bool* flag = nullptr;
    std::string* text = nullptr;
    std::vector<std::string>* texts = nullptr;
    bool command = false;  // everything after the first --, and nothing before it
  };

  void Flag(std::string name, bool* into, std::string help) {
    list_.push_back({std::move(name), "", std::move(help), {}, false, false, false, into, nullptr, nullptr, false});
  }
  // The last one given counts. What `*into` holds before parsing is the default.
  void Value(std::string name, std::string value, std::string* into, std::string help,
             std::vector<std::string> choices = {}) {
    list_.push_back({std::move(name), std::move(value), std::move(help), std::move(choices), false, false, false,
                     nullptr, into, nullptr, false});
  }
  // May be given several times.
  void Values(std::string name, std::string value, std::vector<std::string>* into, std::string help) {
    list_.push_back(
        {std::move(name), std::move(value), std::move(help), {}, false, false, true, nullptr, nullptr, into, false});
  }
  // By position, in the order of declaration; at most one `Rest`, and it comes last.
  void Positional(std::string name, std::string* into, std::string help, bool required) {
    list_.push_back({std::move(name), "", std::move(help), {}, true, required, false, nullptr, into, nullptr, false});
  }
  void Rest(std::string name, std::vector<std::string>* into, std::string help, bool required) {
    list_.push_back({std::move(name), "", std::move(help), {}, true, required, true, nullptr, nullptr, into, false});
  }

  // A program and its arguments, after "--"; in the place of `Rest`.
  void Command(std::string name, std::vector<std::string>* into, std::string help) {
    Rest(std::move(name), into, std::move(help), true);
    list_.back().command = true;
  }

  const std::vector<Argument>& list() const { return list_; }

  // Fills what was declared. Errors are kUsage, with the nearest option when one is misspelled. Once.
  Status Parse(const std::vector<std::string>& words) const;

 private:
  Status Place(const std::vector<std::string>& rest) const;

  std::vector<Argument> list_;
};

}  // namespace reprise::cli

#endif  // REPRISE_CLI_ARGUMENTS_H_
