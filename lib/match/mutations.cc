#include "lib/match/mutations.h"

#include <algorithm>
#include <string_view>

#include "lib/match/body_mutations.h"

namespace reprise::match {
namespace {

using Kind = Mutation::Kind;

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return out;
}

// One character of a URL: a byte, or %XX.
struct Unit {
  std::size_t begin, end;
};
std::vector<Unit> UnitsOf(std::string_view text, std::size_t offset) {
  const auto hex = [&](std::size_t i) {
    return i < text.size() && std::string_view("0123456789abcdefABCDEF").find(text[i]) != std::string_view::npos;
  };
  std::vector<Unit> out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = text[i] == '%' && hex(i + 1) && hex(i + 2) ? 3 : 1;
    out.push_back({offset + i, offset + i + length});
    i += length;
  }
  return out;
}

class Generator {
 public:
  Generator(const Request& request, int auth, const std::vector<std::string>& masked,
            const std::vector<std::string>& match_headers, const std::function<bool(std::uint64_t)>& chosen,
            const MutationVisitor& visit)
      : request_(request),
        auth_(auth),
        masked_(masked),
        match_headers_(match_headers),
        chosen_(chosen),
        visit_(visit) {}

  std::uint64_t Run() {
    Body();
    Url();
    Names();
    RequestHeaders();
    return number_;
  }

 private:
  // Counts, and makes the request only for a chosen one. `change` edits a copy.
  template <typename Change>
  void Offer(Mutation mutation, Change change) {
    if (!stopped_ && chosen_(number_)) {
      Request changed = request_;
      int auth = auth_;
      change(changed, auth);
      if (!visit_(mutation, changed, auth)) stopped_ = true;
    }
    ++number_;
  }

  void Body() {
    const auto edit = [this](const BodyEdit& e) {
      if (!stopped_ && chosen_(number_)) {
        Mutation mutation{e.kind, "body", *e.segments, "", e.what};
        Request changed = request_;
        changed.body.replace(e.begin, e.end - e.begin, e.text());
        if (!visit_(mutation, changed, auth_)) stopped_ = true;
      }
      ++number_;
      return true;
    };
    // Whether it is JSON is known at its end only.
    if (WalkJson(request_.body, [](const BodyEdit&) { return true; }))
      WalkJson(request_.body, edit);
    else
      WalkBytes(request_.body, edit);
  }

  void ReplaceInUrl(const char* part, const std::string& name, Kind kind, const char* what, std::size_t begin,
                    std::size_t end, const std::string& text) {
    Offer({kind, part, {}, name, what}, [&](Request& changed, int&) { changed.url.replace(begin, end - begin, text); });
  }

  std::string OtherThan(Unit unit) const {
    const std::string text = request_.url.substr(unit.begin, unit.end - unit.begin);
    return text == "x" || text == "%78" ? "y" : "x";
  }

  void Url() {
    const std::string& url = request_.url;
    const std::size_t end = std::min(url.find('#'), url.size());
    const std::size_t question = std::min(url.find('?'), end);
    std::size_t path = 0;
    const std::size_t scheme = url.find("://");
    if (scheme != std::string::npos && scheme < question) path = std::min(url.find('/', scheme + 3), question);
    if (path < question && url[path] == '/') ++path;
    const std::vector<Unit> units = UnitsOf(std::string_view(url).substr(path, question - path), path);
    if (units.empty()) {
      const bool slash = path > 0 && url[path - 1] == '/' && (scheme == std::string::npos || path > scheme + 3);
      ReplaceInUrl("path", "", Kind::kAdded, "one character added", path, path, slash ? "x" : "/x");
    } else {
      const auto replace = [&](std::size_t i, const char* what) {
        ReplaceInUrl("path", "", Kind::kValue, what, units[i].begin, units[i].end, OtherThan(units[i]));
      };
      const std::size_t last = units.size() - 1;
      replace(0, "first character replaced");
      if (last > 1) replace(units.size() / 2, "middle character replaced");
      if (last > 0) replace(last, "last character replaced");
    }
    if (question < end) {
      std::size_t begin = question + 1;
      for (;;) {
        const std::size_t stop = std::min(url.find('&', begin), end);
        Parameter(begin, stop);
        if (stop == end) break;
        begin = stop + 1;
      }
    }
    const std::string added = question < end ? "&reprise_audit=1" : "?reprise_audit=1";
    ReplaceInUrl("query", "reprise_audit", Kind::kAdded, "parameter added", end, end, added);
  }

  void Parameter(std::size_t begin, std::size_t end) {
    const std::string& url = request_.url;
    const std::size_t equals = std::min(url.find('=', begin), end);
    const std::string name = url.substr(begin, equals - begin);
    if (std::find(masked_.begin(), masked_.end(), "/request/url?" + name) != masked_.end()) return;
    const std::vector<Unit> value =
        equals < end ? UnitsOf(std::string_view(url).substr(equals + 1, end - equals - 1), equals + 1)
                     : std::vector<Unit>();
    if (value.empty())
      ReplaceInUrl("query", name, Kind::kValue, "a value put in", end, end, equals < end ? "x" : "=x");
    else
      ReplaceInUrl("query", name, Kind::kValue, "last character replaced", value.back().begin, value.back().end,
                   OtherThan(value.back()));
    if (!name.empty()) {
      const std::vector<Unit> units = UnitsOf(name, begin);
      ReplaceInUrl("query", name, Kind::kValue, "name changed in its last character", units.back().begin,
                   units.back().end, OtherThan(units.back()));
    }
    // With the '&' behind it, or the one before, or the '?'.
    const bool behind = end < url.size() && url[end] == '&';
    ReplaceInUrl("query", name, Kind::kRemoved, "parameter removed", behind ? begin : begin - 1, behind ? end + 1 : end,
                 "");
  }

  void Names() {
    Offer({Kind::kValue, "method", {}, "", "another method"},
          [](Request& changed, int&) { changed.method = changed.method == "PUT" ? "POST" : "PUT"; });
    Offer({Kind::kValue, "endpoint", {}, "", "another endpoint"},
          [](Request& changed, int&) { changed.endpoint += "x"; });
    Offer({Kind::kValue, "format", {}, "", "another format"}, [](Request& changed, int&) { changed.format += "x"; });
    Offer({Kind::kValue, "auth", {}, "", "another credential"}, [](Request&, int& auth) { ++auth; });
    if (auth_ != 0) Offer({Kind::kRemoved, "auth", {}, "", "no credential"}, [](Request&, int& auth) { auth = 0; });
  }

  bool TakesPart(const Header& header) const {
    const std::string name = Lower(header.name);
    for (const std::string& declared : match_headers_)
      if (Lower(declared) == name) return true;
    if (name == "accept") return Lower(header.value).find("text/event-stream") != std::string::npos;
    for (const char* allowed : {"content-type", "anthropic-version", "anthropic-beta", "openai-beta"})
      if (name == allowed) return true;
    return false;
  }

  void RequestHeaders() {
    for (std::size_t i = 0; i < request_.headers.size(); ++i) {
      const Header& header = request_.headers[i];
      if (!TakesPart(header)) continue;
      const std::string& value = header.value;
      const auto replace = [&](std::size_t at, const char* what) {
        Offer({Kind::kValue, "header", {}, header.name, what}, [&](Request& changed, int&) {
          changed.headers[i].value[at] = value[at] == 'x' || value[at] == 'X' ? 'y' : 'x';
        });
      };
      if (value.empty()) {
        Offer({Kind::kValue, "header", {}, header.name, "a value put in"},
              [&](Request& changed, int&) { changed.headers[i].value = "x"; });
      } else {
        const std::size_t last = value.size() - 1;
        replace(0, "first character replaced");
        if (last > 1) replace(value.size() / 2, "middle character replaced");
        if (last > 0) replace(last, "last character replaced");
      }
      Offer({Kind::kRemoved, "header", {}, header.name, "header removed"}, [&](Request& changed, int&) {
        changed.headers.erase(changed.headers.begin() + static_cast<std::ptrdiff_t>(i));
      });
    }
  }

  const Request& request_;
  const int auth_;
  const std::vector<std::string>& masked_;
  const std::vector<std::string>& match_headers_;
  const std::function<bool(std::uint64_t)>& chosen_;
  const MutationVisitor& visit_;
  std::uint64_t number_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::uint64_t ForEachMutation(const Request& request, int auth, const std::vector<std::string>& masked,
                              const std::vector<std::string>& match_headers,
                              const std::function<bool(std::uint64_t)>& chosen, const MutationVisitor& visit) {
  return Generator(request, auth, masked, match_headers, chosen, visit).Run();
}

}  // namespace reprise::match
