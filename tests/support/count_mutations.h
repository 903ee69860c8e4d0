// CountMutations: how many mutations lib/match/mutations.h promises for a request, counted by a walker of its own: one
// pass over tokens with an explicit stack, no recursion, nothing shared with the generator or with the normal form.
#ifndef REPRISE_TESTS_SUPPORT_COUNT_MUTATIONS_H_
#define REPRISE_TESTS_SUPPORT_COUNT_MUTATIONS_H_

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "reprise/exchange.h"

namespace reprise::testing {

struct MutationCount {
  std::uint64_t body = 0, path = 0, query = 0, header = 0, others = 0;
  std::uint64_t total() const { return body + path + query + header + others; }
};

inline std::uint64_t PlacesIn(std::size_t characters) { return std::min<std::uint64_t>(characters, 3); }

// Of a text that is JSON.
inline std::uint64_t CountJsonMutations(const std::string& text) {
  struct Open {
    bool object;
    std::uint64_t children = 0;
    std::vector<std::string> elements;
    std::size_t element_begin = 0;
  };
  std::vector<Open> open;
  std::uint64_t count = 0;
  const auto began = [&](std::size_t at) {
    if (!open.empty() && !open.back().object) open.back().element_begin = at;
  };
  const auto ended = [&](std::size_t end) {
    if (open.empty()) return;
    ++open.back().children;
    if (!open.back().object)
      open.back().elements.push_back(text.substr(open.back().element_begin, end - open.back().element_begin));
  };
  bool name_next = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '{' || c == '[') {
      began(i);
      open.push_back({c == '{', 0, {}, 0});
      name_next = c == '{';
      ++i;
    } else if (c == '}' || c == ']') {
      const Open closed = open.back();
      open.pop_back();
      if (closed.object) {
        count += closed.children + 1;
      } else {
        count += 2 * closed.children;
        for (std::size_t k = 1; k < closed.elements.size(); ++k) {
          const auto a = nlohmann::json::parse(closed.elements[k - 1], nullptr, false);
          const auto b = nlohmann::json::parse(closed.elements[k], nullptr, false);
          if (!a.is_discarded() && !b.is_discarded() && a != b) ++count;
        }
      }
      ended(++i);
      name_next = false;
    } else if (c == ',') {
      name_next = open.back().object;
      ++i;
    } else if (c == '"') {
      const std::size_t begin = i++;
      std::size_t characters = 0;
      for (; text[i] != '"'; ++characters) {
        if (text[i] == '\\') {
          i += text[i + 1] == 'u' ? 6 : 2;
        } else {
          for (++i; (text[i] & 0xC0) == 0x80;) ++i;
        }
      }
      ++i;
      if (name_next) {
        name_next = false;
        continue;
      }
      began(begin);
      count += characters == 0 ? 1 : PlacesIn(characters);
      ended(i);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const std::size_t begin = i;
      while (i < text.size() && std::string("+-.eE0123456789").find(text[i]) != std::string::npos) ++i;
      const std::string token = text.substr(begin, i - begin);
      began(begin);
      const std::size_t e = token.find_first_of("eE");
      if (e != std::string::npos)
        count += token.substr(0, e).find_first_of("123456789") == std::string::npos ? 1 : 2;
      else
        count += token.find('.') == std::string::npos ? 1 : 2;
      ended(i);
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      began(i);
      while (i < text.size() && std::isalpha(static_cast<unsigned char>(text[i])) != 0) ++i;
      ++count;
      ended(i);
    } else {
      ++i;
    }
  }
  return count;
}

// `json`: the body is JSON, as somebody else judged.
inline MutationCount CountMutations(const Request& request, int auth, const std::vector<std::string>& masked,
                                    const std::vector<std::string>& match_headers, bool json) {
  MutationCount out;
  out.body = json ? CountJsonMutations(request.body) : request.body.empty() ? 1 : PlacesIn(request.body.size()) + 2;
  std::smatch url;
  const std::regex shape("^(?:([^/?#]*)://([^/?#]*))?([^?#]*)(\\?([^#]*))?(#.*)?$");
  std::regex_match(request.url, url, shape);
  const std::string path = std::regex_replace(url[3].str(), std::regex("%[0-9A-Fa-f]{2}"), "_");
  out.path = path.empty() || path == "/" ? 1 : PlacesIn(path.size() - (path[0] == '/' ? 1 : 0));
  out.query = 1;
  if (url[4].matched) {
    std::string query = url[5].str() + "&";
    for (std::size_t begin = 0, end; (end = query.find('&', begin)) != std::string::npos; begin = end + 1) {
      const std::string name = query.substr(begin, query.find_first_of("=&", begin) - begin);
      if (std::count(masked.begin(), masked.end(), "/request/url?" + name) > 0) continue;
      out.query += name.empty() ? 2 : 3;
    }
  }
  const auto lower = [](std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  for (const Header& header : request.headers) {
    const std::string name = lower(header.name);
    bool counts = std::regex_match(name, std::regex("content-type|anthropic-version|anthropic-beta|openai-beta"));
    counts = counts || (name == "accept" && lower(header.value).find("text/event-stream") != std::string::npos);
    for (const std::string& declared : match_headers) counts = counts || lower(declared) == name;
    if (counts) out.header += (header.value.empty() ? 1 : PlacesIn(header.value.size())) + 1;
  }
  out.others = auth == 0 ? 4 : 5;
  return out;
}

}  // namespace reprise::testing

#endif  // REPRISE_TESTS_SUPPORT_COUNT_MUTATIONS_H_
