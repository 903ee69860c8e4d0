#include "lib/wire/json_objects.h"

#include <cstddef>
#include <string>

namespace reprise::wire {
namespace {

// May an object begin here, inside `open` and after the token that ended in `last`?
bool MayBegin(char open, char last) { return open == '{' ? last == ':' : last == '[' || last == ','; }

}  // namespace

std::vector<std::string_view> JsonObjectsIn(std::string_view body) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  std::string open;  // braces and brackets of the object under way; empty: none is
  char last = 0;     // what was read before, white space aside
  bool in_string = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      } else if (c == '\n') {
        in_string = false;
        open.clear();
      }
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (c == '{') {
      if (!open.empty() && !MayBegin(open.back(), last)) open.clear();
      if (open.empty()) begin = i;
      open += c;
    } else if (open.empty()) {
      continue;
    } else if (c == '[') {
      open += c;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '}' || c == ']') {
      if (open.back() == (c == '}' ? '{' : '['))
        open.pop_back();
      else
        open.clear();
      if (open.empty() && c == '}') out.push_back(body.substr(begin, i + 1 - begin));
    }
    last = c;
  }
  return out;
}

}  // namespace reprise::wire
