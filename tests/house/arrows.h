// Arrows: reads who includes whom out of a source tree and judges it by a table (arrows.txt). Not a compiler: it reads
// lines, so an #include inside an #if counts as well, which is what we want.
#ifndef REPRISE_TESTS_HOUSE_ARROWS_H_
#define REPRISE_TESTS_HOUSE_ARROWS_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/result.h"

namespace reprise::house {

class ArrowTable {
 public:
  // Errors name the line of the table.
  static Result<ArrowTable> Parse(std::string_view text);

  // The layer of a path relative to the root, or "".
  std::string LayerOf(std::string_view path) const;
  // May a file at `path` include `name`? `quoted` tells "..." from <...>; `exists` tells whether a path relative to the
  // root is a file. Returns "" or the sentence that says why not.
  template <typename Exists>
  std::string Judge(const std::string& path, const std::string& name, bool quoted, const Exists& exists) const {
    if (!quoted && name.rfind("reprise/", 0) != 0) return JudgeSystem(path, name);
    // As the compiler resolves them: the root, the public headers, the tests' own folder.
    for (const std::string& candidate : {name, "lib/include/" + name, path.substr(0, path.rfind('/') + 1) + name}) {
      if (exists(candidate)) return JudgeLayer(path, candidate);
    }
    return "there is no file of ours by that name";
  }

 private:
  std::string JudgeLayer(const std::string& path, const std::string& included) const;
  std::string JudgeSystem(const std::string& path, const std::string& name) const;

  std::vector<std::pair<std::string, std::string>> prefixes_;  // prefix, layer
  std::map<std::string, std::set<std::string>> allowed_;
  struct Door {
    std::vector<std::string> headers, paths;
  };
  std::vector<Door> doors_;
  std::vector<std::string> system_;
};

// One line for each arrow that breaks the table: "lib/wire/sse.cc:7: ...". `folders` are relative to `root`.
Result<std::vector<std::string>> BrokenArrows(const ArrowTable& table, const std::string& root,
                                              const std::vector<std::string>& folders);

}  // namespace reprise::house

#endif  // REPRISE_TESTS_HOUSE_ARROWS_H_
