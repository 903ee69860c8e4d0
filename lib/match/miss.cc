#include "lib/match/miss.h"

#include <algorithm>
#include <vector>

#include "lib/match/json_shape.h"
#include "lib/report/harmless.h"
#include "lib/wire/json_text.h"
#include "lib/wire/normal_form.h"
#include "lib/wire/url.h"

namespace reprise::match {
namespace {

using Kind = RequestDifference::Kind;
using report::HarmlessLine;

constexpr std::size_t kShownDifferences = 10;
constexpr std::size_t kLineChars = 220;

std::string Quoted(std::string_view word) { return '"' + HarmlessLine(word, 80) + '"'; }

std::string Times(std::uint64_t n) { return n == 1 ? "once" : n == 2 ? "twice" : std::to_string(n) + " times"; }

std::string Place(const RequestDifference& d) {
  std::string out = d.part;
  if (d.part == "query" || d.part == "header" || (d.part == "body" && !d.pointer.empty())) out += ' ' + d.pointer;
  return HarmlessLine(out, kLineChars);
}

// `message 2 of 2 (user), character 28: "Frnace?" is now "France?"`
std::string What(const RequestDifference& d) {
  std::string out = HarmlessLine(d.label, kLineChars);
  const auto add = [&out](const std::string& more) { out += (out.empty() ? "" : ", ") + more; };
  switch (d.kind) {
    case Kind::kAdded: add("was not there when it was recorded"); break;
    case Kind::kRemoved: add("is not there any more"); break;
    case Kind::kMoved: add("stands at another place"); break;
    case Kind::kChanged: break;
  }
  if (!d.text) return out;
  add("character " + std::to_string(d.text->character) + ": ");
  const std::string& was = d.text->recorded_word;
  const std::string& now = d.text->asked_word;
  if (was.empty() && now.empty())
    out += "white space";
  else if (was.empty())
    out += Quoted(now) + " was added";
  else if (now.empty())
    out += Quoted(was) + " is gone";
  else
    out += Quoted(was) + " is now " + Quoted(now);
  if (!d.text->whole) out += ", and more after it";
  if (!d.text->code_points.empty()) out += " (" + d.text->code_points + ")";
  return out;
}

void AppendDifference(const RequestDifference& d, std::string& out) {
  const std::string what = What(d);
  out += "    " + Place(d) + (what.empty() ? "" : "   " + what) + '\n';
  if (!d.recorded.empty()) out += "      recorded  " + HarmlessLine(d.recorded, kLineChars) + '\n';
  if (!d.asked.empty()) out += "      asked     " + HarmlessLine(d.asked, kLineChars) + '\n';
}

std::string Places(std::size_t n) { return n == 1 ? "one place" : std::to_string(n) + " places"; }

void AppendNear(const Near& near, const Asked& asked, bool first, std::string& out) {
  const std::size_t count = near.diff.differences.size() + near.diff.more;
  out += "  exchange " + std::to_string(near.number);
  if (near.used) out += " (served already)";
  if (near.lane != asked.lane) out += " (lane " + Quoted(near.lane) + ")";
  out += "   differs in " + Places(count);
  if (near.diff.more > 0) out += " at least";
  if (!first) {
    out += ": ";
    for (std::size_t i = 0; i < std::min<std::size_t>(count, 3); ++i)
      out += (i > 0 ? ", " : "") + Place(near.diff.differences[i]);
    out += count > 3 ? ", ...\n" : "\n";
    return;
  }
  out += '\n';
  const std::size_t shown = std::min(near.diff.differences.size(), kShownDifferences);
  for (std::size_t i = 0; i < shown; ++i) AppendDifference(near.diff.differences[i], out);
  if (count > shown) out += "    and " + Places(count - shown) + " more\n";
}

// "/messages/3/id" -> "/messages/*/id": a rule is meant for any message.
std::string AnyElement(const std::string& pointer) {
  std::string out;
  for (std::size_t i = 0; i < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', i + 1), pointer.size());
    const std::string segment = pointer.substr(i + 1, end - i - 1);
    const bool number = !segment.empty() && segment.find_first_not_of("0123456789") == std::string::npos;
    out += number ? "/*" : '/' + segment;
    i = end;
  }
  return out;
}

// A pattern for words like this one, of which LooksRandom said what they are.
std::string PatternOf(std::string_view word, std::string_view looks) {
  const auto alnum = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  while (!word.empty() && !alnum(word.front())) word.remove_prefix(1);
  while (!word.empty() && !alnum(word.back())) word.remove_suffix(1);
  if (looks == "uuid") return "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
  const auto times = [](std::size_t n) { return '{' + std::to_string(n) + '}'; };
  if (looks == "hex id") return "\\b[0-9a-fA-F]" + times(word.size()) + "\\b";
  const std::size_t id = looks == "id" ? word.find_last_of("_-") + 1 : 0;
  std::string out = "\\b";
  for (std::size_t i = 0; i < word.size();) {
    const bool digit = word[i] >= '0' && word[i] <= '9';
    if (looks == "id" && i >= id) {
      out += "[0-9A-Za-z]" + times(word.size() - i);
      break;
    }
    if (looks != "id" && digit) {
      const std::size_t begin = i;
      while (i < word.size() && word[i] >= '0' && word[i] <= '9') ++i;
      out += "\\d" + times(i - begin);
      continue;
    }
    if (!alnum(word[i]) && word[i] != '_' && word[i] != '-' && word[i] != ':') out += '\\';
    out += word[i++];
  }
  return out + "\\b";
}

// "hex id" -> "hex_id": the name of a placeholder.
std::string PlaceholderName(std::string_view looks) {
  std::string out(looks);
  std::replace(out.begin(), out.end(), ' ', '_');
  return out;
}

// A hint where only values differ that look new in every run.
std::string RandomHint(const RequestDiff& diff) {
  std::string_view looks;
  std::string ignore, placeholder;
  bool inside_text = false;
  for (const RequestDifference& d : diff.differences) {
    std::string_view was, now;
    bool whole_value = true;
    if (d.kind != Kind::kChanged || (d.part == "body" && d.pointer == "/model")) return {};
    if (d.text) {
      was = LooksRandom(d.text->recorded_word);
      now = LooksRandom(d.text->asked_word);
      whole_value = d.text->whole && d.recorded == '"' + d.text->recorded_word + '"';
    } else {
      was = LooksRandom(d.recorded);
      now = LooksRandom(d.asked);
    }
    if (was.empty() || was != now || diff.more > 0) return {};
    looks = was;
    std::string rule;
    if (d.part == "body" && !d.pointer.empty() && whole_value)
      rule = "{\"ignore_body\": [" + wire::QuoteJson(AnyElement(d.pointer)) + "]}";
    else if (d.part == "query")
      rule = "{\"ignore_query\": [" + wire::QuoteJson(wire::PercentDecode(d.pointer)) + "]}";
    else
      inside_text = true;
    if (ignore.empty()) ignore = rule;
    if (placeholder.empty())
      placeholder = "{\"placeholders\": {" + wire::QuoteJson(PlaceholderName(looks)) + ": " +
                    wire::QuoteJson(PatternOf(d.text ? d.text->asked_word : d.asked, looks)) + "}}";
  }
  if (looks.empty()) return {};
  std::string out = "Only what looks new in every run differs (" + std::string(looks) + ").";
  if (inside_text)
    out +=
        " Give the code under test a fixed one (a clock, an id, a seed), or declare it in reprise.json:\n  "
        "\"rules\": " +
        HarmlessLine(placeholder, kLineChars) + '\n';
  else
    out +=
        " If it steers nothing, declare it in reprise.json:\n  \"rules\": " + HarmlessLine(ignore, kLineChars) + '\n';
  return out;
}

// The last string of a body that a human would call its text: the last message's, the prompt, the input.
std::string LastText(const wire::JsonTree& tree) {
  for (const char* name : {"messages", "contents", "input", "prompt", "text", "query"}) {
    std::uint32_t at = tree.Member(0, name);
    if (at == 0) continue;
    for (int depth = 0; depth < 6; ++depth) {
      if (tree.Kind(at) == wire::JsonKind::kString) return tree.String(at);
      std::uint32_t next = 0;
      if (tree.Kind(at) == wire::JsonKind::kArray) {
        for (std::uint32_t c = tree.First(at); c < tree.End(at); c = tree.node(c).next) next = c;
      } else {
        for (const char* member : {"content", "parts", "text"})
          if (next == 0) next = tree.Member(at, member);
      }
      if (next == 0) break;
      at = next;
    }
  }
  return {};
}

std::string Head(const Asked& asked) { return "  " + RequestLine(*asked.request, false) + '\n'; }

std::string Who(const Asked& asked) {
  return "request " + std::to_string(asked.number) + " of " + HarmlessLine(asked.session, kLineChars);
}

}  // namespace

std::string RequestLine(const Request& request, bool words) {
  std::string out = request.method + ' ';
  const wire::UrlParts url = wire::SplitUrl(request.url);
  out += wire::NormalisePercent(url.path.empty() ? "/" : url.path);
  const Result<wire::JsonTree> tree =
      wire::IsReadAsJson(request) ? wire::JsonTree::Parse(request.body) : Status(ErrorKind::kMismatch, "", "");
  if (tree.ok()) {
    const std::uint32_t model = tree->Member(0, "model");
    if (model != 0) out += "   model " + ValueLine(*tree, model, 80);
    const std::string text = words ? LastText(*tree) : std::string();
    if (!text.empty()) out += "   \"" + Window(text, 0, 60) + '"';
  }
  return HarmlessLine(out, 300);
}

std::string NoMatchText(const Asked& asked, const std::string& path, const Nearest& nearest, const Rules& rules) {
  std::string out = "No recorded exchange matches " + Who(asked) + '\n' + Head(asked);
  const std::string file = HarmlessLine(path, 300);
  if (nearest.near.empty()) return out + "There is none at all in " + file + ".\n";
  const Near& first = nearest.near[0];
  if (first.same_key) {
    out += "The same request stands in " + file + " in lane " + Quoted(first.lane) + " (exchange " +
           std::to_string(first.number) + "), and was asked in lane " + Quoted(asked.lane) +
           ".\nA lane is a named order of asking: name it as it was recorded, or record again.\n";
    return out;
  }
  if (first.diff.differences.empty()) {
    out += "Exchange " + std::to_string(first.number) + " of " + file +
           " is this very request under another key: it was edited by hand, or its key is old.\nCompute the keys anew: "
           "reprise rekey " +
           file + '\n';
    return out;
  }
  if (nearest.left == 0)
    out += "Nearest in " + file + ", of which all " + std::to_string(nearest.total) + " have been served:\n";
  else if (first.used)
    out += "Nearest of " + std::to_string(nearest.total) + " in " + file + " (" + std::to_string(nearest.left) +
           " left):\n";
  else
    out += "Nearest of " + std::to_string(nearest.left) + " left in " + file + ":\n";
  for (std::size_t i = 0; i < nearest.near.size(); ++i) {
    // The others are of use only where they are nearly as near.
    if (i > 0 && (nearest.near[i].likeness < 0.5 || nearest.near[i].diff.differences.empty())) continue;
    AppendNear(nearest.near[i], asked, i == 0, out);
  }
  if (nearest.looked_at < nearest.total)
    out += "  (Only the first " + std::to_string(nearest.looked_at) + " exchanges of " + std::to_string(nearest.total) +
           " were compared.)\n";
  out += RandomHint(first.diff);
  if (rules != Rules()) out += "Rules in force: " + HarmlessLine(rules.ToJson(), kLineChars) + '\n';
  return out;
}

std::string UsedUpText(const Asked& asked, const std::string& path, std::uint32_t takes) {
  return "No recorded exchange is left for " + Who(asked) + '\n' + Head(asked) + "It was recorded " + Times(takes) +
         " in lane " + Quoted(asked.lane) + " of " + HarmlessLine(path, 300) + ", and has been asked " +
         Times(std::uint64_t{takes} + 1) +
         ".\nRecord again, or let the last take answer for ever, in reprise.json:\n  \"takes\": \"repeat\"\n";
}

std::string OverlapsText(const Asked& asked, const std::string& path, std::uint32_t take) {
  return "The recording cannot say which reply belongs to " + Who(asked) + '\n' + Head(asked) + "Take " +
         std::to_string(take) + " in " + HarmlessLine(path, 300) +
         " was recorded while the same request was under way in lane " + Quoted(asked.lane) +
         ", and the two got different replies.\nName the order of asking, then record again:\n"
         "  reprise::Lane lane(\"worker-1\");                 around Ask and Record\n"
         "  BaseUrl(endpoint, {.lane = \"worker-1\"})         for HTTP\n";
}

std::string WithRepair(std::string text, std::string_view command) {
  if (command.empty()) return text;
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += "If the change is meant:\n  ";
  text += command;
  text += '\n';
  return text;
}

}  // namespace reprise::match
