#include "lib/wire/placeholders.h"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

#include "lib/wire/canonical_json.h"
#include "lib/wire/headers.h"
#include "lib/wire/json_text.h"
#include "lib/wire/mask.h"
#include "lib/wire/normal_form.h"
#include "lib/wire/pattern.h"
#include "lib/wire/stream_text.h"
#include "lib/wire/url.h"

namespace reprise::wire {
namespace {

// Bytes [begin, end) of a text become `text`.
struct Edit {
  std::size_t begin, end;
  std::string text;
};

std::string Applied(const std::string& original, const std::vector<Edit>& edits) {
  std::string out;
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    out.append(original, at, edit.begin - at).append(edit.text);
    at = edit.end;
  }
  return out.append(original, at);
}

void Sort(std::vector<Edit>& edits) {
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
}

// Finds tokens and gives them their ordinals. A pattern that does not compile finds nothing: Rules::FromJson refuses
// it.
class Numbering {
 public:
  Numbering(const Rules& rules, TokenSpelling spelling) : spelling_(spelling) {
    for (const auto& [name, text] : rules.placeholders)
      if (auto pattern = Pattern::Compile(text); pattern.ok()) patterns_.push_back({name, *pattern});
  }

  std::string Text(std::string_view text) {
    if (!IsUtf8(text)) return Own(text);
    std::vector<std::optional<Pattern::Span>> next(patterns_.size());
    for (std::size_t i = 0; i < patterns_.size(); ++i) next[i] = patterns_[i].pattern->Find(text, 0);
    std::string out;
    for (std::size_t at = 0;;) {
      // The leftmost; of two that begin together, the one whose name comes first.
      std::size_t best = patterns_.size();
      for (std::size_t i = 0; i < patterns_.size(); ++i) {
        if (next[i] && next[i]->begin < at) next[i] = patterns_[i].pattern->Find(text, at);
        if (next[i] && (best == patterns_.size() || next[i]->begin < next[best]->begin)) best = i;
      }
      if (best == patterns_.size()) return out += Own(text.substr(at));
      const Pattern::Span span = *next[best];
      out += Own(text.substr(at, span.begin - at));
      out += NameOf(best, text.substr(span.begin, span.end - span.begin));
      at = span.end;
    }
  }

  // The text where it is one token as a whole; else itself.
  std::string Whole(std::string_view text) {
    for (std::size_t i = 0; i < patterns_.size(); ++i)
      if (patterns_[i].pattern->MatchesWhole(text)) return NameOf(i, text);
    return Own(text);
  }

  std::vector<Token>& tokens() { return tokens_; }

 private:
  struct Named {
    std::string name;
    std::shared_ptr<const Pattern> pattern;
  };

  std::string Own(std::string_view text) const {
    std::string out;
    for (const char c : text) out.append(c == '[' && spelling_ == TokenSpelling::kForKey ? 2 : 1, c);
    return out;
  }

  std::string NameOf(std::size_t pattern, std::string_view value) {
    const auto [it, fresh] = numbers_.try_emplace({pattern, std::string(value)}, counts_[pattern] + 1);
    std::string name = patterns_[pattern].name + '-' + std::to_string(it->second);
    if (fresh) {
      ++counts_[pattern];
      tokens_.push_back({name, std::string(value)});
    }
    return '[' + name + ']';
  }

  const TokenSpelling spelling_;
  std::vector<Named> patterns_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> numbers_;
  std::map<std::size_t, std::size_t> counts_;
  std::vector<Token> tokens_;
};

// Strings of a JSON body in canonical order, so that the order of members gives no ordinals.
class BodyWalk {
 public:
  BodyWalk(const JsonTree& tree, const Rules& rules, Numbering& numbering)
      : tree_(tree), ignore_(rules.ignore_body), numbering_(numbering) {}

  std::vector<Edit> Edits() {
    Value(0, ignore_.Start(), 0);
    Sort(edits_);
    return std::move(edits_);
  }

 private:
  void Child(std::uint32_t value, std::string_view segment, const PointerPatterns::Active& active, std::size_t depth) {
    bool ignored = false;
    const PointerPatterns::Active next = ignore_.Step(active, depth, segment, &ignored);
    if (!ignored) Value(value, next, depth + 1);
  }

  void Value(std::uint32_t node, const PointerPatterns::Active& active, std::size_t depth) {
    if (tree_.Kind(node) == JsonKind::kString) {
      const std::string text = tree_.String(node);
      std::string changed = numbering_.Text(text);
      if (changed != text) edits_.push_back({tree_.node(node).begin, tree_.node(node).end, QuoteJson(changed)});
    } else if (tree_.Kind(node) == JsonKind::kArray) {
      std::size_t index = 0;
      for (std::uint32_t c = tree_.First(node); c < tree_.End(node); c = tree_.node(c).next)
        Child(c, std::to_string(index++), active, depth);
    } else if (tree_.Kind(node) == JsonKind::kObject) {
      std::map<std::string, std::uint32_t> members;
      for (std::uint32_t name = tree_.First(node); name < tree_.End(node);) {
        const std::uint32_t value = tree_.node(name).next;
        members.emplace(tree_.String(name), value);
        name = tree_.node(value).next;
      }
      for (const auto& [name, value] : members)
        if (node != 0 || name != "model") Child(value, name, active, depth);
    }
  }

  const JsonTree& tree_;
  const PointerPatterns ignore_;
  Numbering& numbering_;
  std::vector<Edit> edits_;
};

std::string UrlOf(const Request& request, const Rules& rules, Numbering& numbering) {
  const UrlParts parts = SplitUrl(request.url);
  std::string out;
  if (!parts.scheme.empty()) out.append(parts.scheme).append("://").append(parts.host);
  const std::string path = NormalisePercent(parts.path);
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (begin > 0) out += '/';
    out += numbering.Whole(std::string_view(path).substr(begin, end - begin));
    begin = end + 1;
  }
  if (!parts.query) return out;
  const std::vector<QueryParameter> query = SplitQuery(*parts.query);
  std::vector<std::pair<std::string, std::size_t>> order;  // as the normal form has it
  for (std::size_t i = 0; i < query.size(); ++i) order.emplace_back(NormalisePercent(query[i].name), i);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> written(query.size());
  for (const auto& [name, i] : order) {
    const std::string decoded = PercentDecode(query[i].name);
    const bool counts =
        !IsCredentialParameter(decoded) &&
        std::find(rules.ignore_query.begin(), rules.ignore_query.end(), decoded) == rules.ignore_query.end();
    written[i] = query[i].name;
    if (!query[i].value) continue;
    written[i] += '=';
    written[i] += counts ? numbering.Text(NormalisePercent(*query[i].value)) : std::string(*query[i].value);
  }
  for (std::size_t i = 0; i < written.size(); ++i) out += (i == 0 ? '?' : '&') + written[i];
  return out;
}

std::string BodyOf(const Request& request, const Rules& rules, Numbering& numbering) {
  if (IsReadAsJson(request)) {
    const Result<JsonTree> tree = JsonTree::Parse(request.body);
    if (tree.ok() && !tree->HasDuplicateNames())
      return Applied(request.body, BodyWalk(*tree, rules, numbering).Edits());
  }
  const MediaType media = ParseMediaType(HeaderValue(request.headers, "content-type").value_or(""));
  if (media.type.compare(0, 10, "multipart/") == 0) {
    if (const auto parts = SplitMultipart(request.body, media.Parameter("boundary"))) {
      std::vector<Edit> edits;  // the boundary is nobody's word
      for (const std::string_view part : *parts) {
        const auto begin = static_cast<std::size_t>(part.data() - request.body.data());
        edits.push_back({begin, begin + part.size(), numbering.Text(part)});
      }
      return Applied(request.body, edits);
    }
  }
  return numbering.Text(request.body);
}

Request Numbered(const Request& request, const Rules& rules, Numbering& numbering) {
  Request out = request;
  out.url = UrlOf(request, rules, numbering);
  std::vector<std::string> names;
  for (const std::string& name : rules.match_headers) names.push_back(LowerAscii(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names)
    for (Headers* fields : {&out.headers, &out.trailers})
      for (Header& field : *fields)
        if (name != "content-type" && EqualNoCase(field.name, name)) field.value = numbering.Text(field.value);
  out.body = BodyOf(request, rules, numbering);
  return out;
}

// What is to be changed: values as recorded, and as they are now.
class Changes {
 public:
  void Add(const std::string& recorded, const std::string& now) {
    if (recorded.empty() || !values_.emplace(recorded, now).second) return;
    lengths_.insert(recorded.size());
    begins_.set(static_cast<unsigned char>(recorded[0]));
  }
  bool empty() const { return values_.empty(); }

  // Where a text holds one of them, leftmost first, the longest of those that begin together.
  std::vector<Edit> In(std::string_view text) const {
    std::vector<Edit> out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = begins_.test(static_cast<unsigned char>(text[at])) ? LengthAt(text, at) : 0;
      if (length != 0) out.push_back({at, at + length, values_.at(std::string(text.substr(at, length)))});
      at += std::max<std::size_t>(length, 1);
    }
    return out;
  }

 private:
  std::size_t LengthAt(std::string_view text, std::size_t at) const {
    for (auto length = lengths_.rbegin(); length != lengths_.rend(); ++length)
      if (at + *length <= text.size() && values_.count(std::string(text.substr(at, *length))) != 0) return *length;
    return 0;
  }

  std::unordered_map<std::string, std::string> values_;
  std::set<std::size_t> lengths_;
  std::bitset<256> begins_;
};

// For each byte of a decoded string, where in its token it begins; one more for the closing quote.
std::vector<std::size_t> PlacesInToken(std::string_view raw) {
  std::vector<std::size_t> places;
  for (std::size_t i = 1; i + 1 < raw.size();) {
    std::size_t unit = 1;
    if (raw[i] == '\\') unit = raw[i + 1] == 'u' ? 6 : 2;
    const auto escaped = [&](std::size_t at) { return std::string(1, '"').append(raw.substr(i, at)).append("\""); };
    std::size_t bytes = unit == 1 ? 1 : DecodeJsonString(escaped(unit)).size();
    // Two escapes that are one character.
    if (unit == 6 && raw.substr(i + 6, 2) == "\\u" && i + 12 < raw.size() &&
        DecodeJsonString(escaped(12)).size() == 4) {
      unit = 12;
      bytes = 4;
    }
    places.insert(places.end(), bytes, i);
    i += unit;
  }
  places.push_back(raw.size() - 1);
  return places;
}

// The place in `to` that corresponds to place `at` of a text of `from` bytes, never inside a character.
std::size_t InProportion(std::size_t at, std::size_t from, const std::string& to) {
  if (at >= from) return to.size();
  std::size_t place = at * to.size() / from;
  while (place > 0 && (static_cast<unsigned char>(to[place]) & 0xC0) == 0x80) --place;
  return place;
}

// Changes a text that stands in the body in these pieces.
void EditPieces(std::string_view body, const StreamText& text, const Changes& changes, std::vector<Edit>& edits) {
  const std::vector<Edit> found = changes.In(text.text);
  std::size_t first = 0;  // of those that may reach into the piece at hand
  std::size_t begin = 0;
  for (const StreamText::Piece& piece : text.pieces) {
    std::vector<std::size_t> places;
    while (first < found.size() && found[first].end <= begin) ++first;
    for (std::size_t i = first; i < found.size() && found[i].begin < piece.text_end; ++i) {
      const Edit& word = found[i];
      if (places.empty()) places = PlacesInToken(body.substr(piece.begin, piece.end - piece.begin));
      const std::size_t from = std::max(word.begin, begin), to = std::min(word.end, piece.text_end);
      const std::size_t length = word.end - word.begin;
      const std::size_t share = InProportion(from - word.begin, length, word.text);
      const std::size_t share_end = InProportion(to - word.begin, length, word.text);
      const std::string quoted = QuoteJson(word.text.substr(share, share_end - share));
      edits.push_back(
          {piece.begin + places[from - begin], piece.begin + places[to - begin], quoted.substr(1, quoted.size() - 2)});
    }
    begin = piece.text_end;
  }
}

std::vector<Edit> BodyEdits(const std::string& body, const Changes& changes) {
  std::vector<Edit> edits;
  bool is_stream = false;
  const std::vector<StreamText> texts = StreamTexts(body, &is_stream);
  const Result<JsonTree> tree = JsonTree::Parse(body);
  if (tree.ok() && (!is_stream || tree->Kind(0) == JsonKind::kObject)) {
    for (std::uint32_t i = 0; i < tree->nodes().size(); ++i) {
      if (tree->Kind(i) != JsonKind::kString) continue;
      StreamText text;
      text.text = tree->String(i);
      text.pieces.push_back({tree->node(i).begin, tree->node(i).end, text.text.size()});
      EditPieces(body, text, changes, edits);
    }
  } else if (is_stream) {
    for (const StreamText& text : texts) EditPieces(body, text, changes, edits);
  } else {
    return changes.In(body);
  }
  Sort(edits);
  return edits;
}

// Where byte `at` of the original stands after the edits.
std::uint64_t Moved(std::uint64_t at, const std::vector<Edit>& edits) {
  std::uint64_t moved = 0, done = 0;
  for (const Edit& edit : edits) {
    if (at <= edit.begin) break;
    moved += edit.begin - done;
    if (at < edit.end) return moved + (at - edit.begin) * edit.text.size() / (edit.end - edit.begin);
    moved += edit.text.size();
    done = edit.end;
  }
  return moved + (at - done);
}

void MoveCuts(Reply& reply, const std::vector<Edit>& edits) {
  std::vector<std::uint64_t> cuts;
  std::vector<std::uint32_t> ms;
  std::uint64_t at = 0, moved = 0;
  std::uint32_t waited = 0;
  for (std::size_t i = 0; i < reply.cuts.size(); ++i) {
    at += reply.cuts[i];
    const std::uint64_t end = Moved(at, edits);
    if (i < reply.ms.size()) waited += reply.ms[i];
    // A chunk that has become empty would end a body; it comes with the next one.
    if (end == moved && reply.cuts[i] != 0) continue;
    cuts.push_back(end - moved);
    if (i < reply.ms.size()) ms.push_back(waited);
    waited = 0;
    moved = end;
  }
  if (!reply.cuts.empty()) {
    reply.cuts = std::move(cuts);
    reply.ms = std::move(ms);
  }
}

}  // namespace

std::vector<Token> TokensOf(const Request& request, const Rules& rules) {
  if (rules.placeholders.empty()) return {};
  Numbering numbering(rules, TokenSpelling::kForKey);
  Numbered(request, rules, numbering);
  return std::move(numbering.tokens());
}

Request WithoutTokens(const Request& request, const Rules& rules, TokenSpelling spelling) {
  if (rules.placeholders.empty()) return request;
  Numbering numbering(rules, spelling);
  return Numbered(request, rules, numbering);
}

void WriteTokensBack(const Request& asked, const Rules& rules, Exchange& recorded) {
  if (rules.placeholders.empty()) return;
  const std::vector<Token> now = TokensOf(asked, rules), then = TokensOf(recorded.request, rules);
  std::unordered_map<std::string, std::string> values;
  for (const Token& token : now) values.emplace(token.name, token.value);
  Changes changes;
  for (const Token& token : then)
    if (const auto it = values.find(token.name); it != values.end() && it->second != token.value)
      changes.Add(token.value, it->second);
  if (changes.empty()) return;
  Reply& reply = recorded.reply;
  const std::vector<Edit> edits = BodyEdits(reply.body, changes);
  const std::string size_before = std::to_string(reply.body.size());
  if (!edits.empty()) {
    MoveCuts(reply, edits);
    if (reply.end) reply.end->after = Moved(reply.end->after, edits);
    if (recorded.left) recorded.left = Moved(*recorded.left, edits);
    reply.body = Applied(reply.body, edits);
  }
  for (Header& header : reply.headers) {
    if (EqualNoCase(header.name, "content-length")) {
      if (header.value == size_before) header.value = std::to_string(reply.body.size());
    } else {
      header.value = Applied(header.value, changes.In(header.value));
    }
  }
}

}  // namespace reprise::wire
