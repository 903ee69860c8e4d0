// Rules as JSON: one text for equal rules, and a strict reader, since a misspelled rule would silently not apply.
#include <algorithm>
#include <array>

#include "lib/base/spelling.h"
#include "lib/wire/headers.h"
#include "lib/wire/json_text.h"
#include "lib/wire/pattern.h"
#include "lib/wire/secret_shape.h"
#include "reprise/matching.h"

namespace reprise {
namespace {

struct Member {
  const char* name;
  std::vector<std::string> Rules::*list;
  bool lower;
};
// In the order of the bytes of the names.
constexpr std::array kMembers = {
    Member{"allow_secret", &Rules::allow_secret, false}, Member{"ignore_body", &Rules::ignore_body, false},
    Member{"ignore_query", &Rules::ignore_query, false}, Member{"match_headers", &Rules::match_headers, true}};

// A rule's order and repeats mean nothing.
std::vector<std::string> Sorted(const std::vector<std::string>& list, bool lower) {
  std::vector<std::string> out;
  for (const std::string& one : list) out.push_back(lower ? wire::LowerAscii(one) : one);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Status Bad(std::string reason, std::string next) {
  return Status(ErrorKind::kUsage, "rules", std::move(reason), std::move(next));
}

// "RULE PLACE".
Status CheckException(const std::string& value) {
  const std::string quoted = wire::QuoteJson(value);
  const std::size_t space = value.find(' ');
  const std::string rule = value.substr(0, space);
  if (rule == "credential")
    return Bad("allow_secret has " + quoted + ", and a credential of the session is never stored",
               "Leave it out: no rule allows it");
  const std::vector<std::string_view>& shapes = wire::ShapeRules();
  std::vector<std::string> names(shapes.begin(), shapes.end());
  if (rule.compare(0, 4, "env.") != 0 && std::find(names.begin(), names.end(), rule) == names.end())
    return Bad("allow_secret has " + quoted + ": " + base::NoSuchWord(rule, "rule of the secret scanner", names),
               "Write the rule and the place that the message named: \"jwt /reply/body/token\"");
  if (space == std::string::npos || value.compare(space, 2, " /") != 0)
    return Bad("allow_secret has " + quoted + ", which names no place",
               "Write the rule and the place that the message named: \"jwt /reply/body/token\"");
  return {};
}

// What every request is made of: a pattern that matches here would hide what was asked.
constexpr std::array kOrdinary = {"The quick brown fox jumps over the lazy dog.",
                                  "What is the capital of France?",
                                  "user",
                                  "get_time",
                                  "text/event-stream",
                                  "a",
                                  "7",
                                  "0.5",
                                  "\n"};

Status CheckPlaceholder(const std::string& name, const std::string& pattern) {
  const std::string quoted = wire::QuoteJson(name);
  const bool good = !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!good)
    return Bad("placeholders has the name " + quoted, "Name it with a-z, 0-9 and \"_\", at most 32: \"request_id\"");
  const auto compiled = wire::Pattern::Compile(pattern);
  if (!compiled.ok()) return Bad("placeholders/" + name + ": " + compiled.status().ToString(), "Write PCRE2's syntax");
  for (const char* text : kOrdinary)
    if ((*compiled)->Find(text, 0))
      return Bad("placeholders/" + name + " matches in " + wire::QuoteJson(text) +
                     ", so it would hide what is asked of the model",
                 "Describe the random part alone: \"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\"");
  return {};
}

Status CheckOne(const Member& member, const std::string& value) {
  const std::string quoted = wire::QuoteJson(value);
  if (member.list == &Rules::ignore_body && (value.empty() || value[0] != '/'))
    return Bad("ignore_body has " + quoted + ", which is no JSON pointer below the body",
               "Begin it with \"/\": \"/metadata\" or \"/messages/*/name\"");
  if (member.list == &Rules::ignore_body)
    for (std::size_t i = 0; i < value.size(); ++i)
      if (value[i] == '~' && (i + 1 >= value.size() || (value[i + 1] != '0' && value[i + 1] != '1')))
        return Bad("ignore_body has " + quoted + ", where a \"~\" stands alone", "Write \"~0\" for \"~\" (RFC 6901)");
  if (member.list == &Rules::match_headers && wire::IsCredentialHeader(value))
    return Bad("match_headers has " + quoted + ", which holds a credential",
               "Leave it out: requests are told apart by the auth alias, and no key is made of a secret");
  if (value.empty()) return Bad(std::string(member.name) + " has an empty name", "Leave it out");
  if (member.list == &Rules::allow_secret) return CheckException(value);
  return {};
}

Status ReadPlaceholders(const wire::JsonTree& tree, std::uint32_t node, Rules& rules) {
  if (tree.Kind(node) != wire::JsonKind::kObject)
    return Bad("placeholders is no object", "Write names and patterns: {\"uuid\": \"...\"}");
  for (std::uint32_t name = tree.First(node); name < tree.End(node);) {
    const std::uint32_t value = tree.node(name).next;
    if (tree.Kind(value) != wire::JsonKind::kString)
      return Bad("placeholders/" + tree.String(name) + " is no string", "Write a pattern");
    REPRISE_RETURN_IF_ERROR(CheckPlaceholder(tree.String(name), tree.String(value)));
    rules.placeholders[tree.String(name)] = tree.String(value);
    name = tree.node(value).next;
  }
  return {};
}

}  // namespace

std::string Rules::ToJson() const {
  std::string out = "{";
  for (const Member& member : kMembers) {
    const std::vector<std::string> list = Sorted(this->*member.list, member.lower);
    if (list.empty()) continue;
    if (out.size() > 1) out += ',';
    out += wire::QuoteJson(member.name) + ":[";
    for (std::size_t i = 0; i < list.size(); ++i) out += (i > 0 ? "," : "") + wire::QuoteJson(list[i]);
    out += ']';
  }
  if (!placeholders.empty()) {
    out += out.size() > 1 ? ",\"placeholders\":{" : "\"placeholders\":{";
    for (auto it = placeholders.begin(); it != placeholders.end(); ++it)
      out += (it == placeholders.begin() ? "" : ",") + wire::QuoteJson(it->first) + ':' + wire::QuoteJson(it->second);
    out += '}';
  }
  return out + '}';
}

bool Rules::operator==(const Rules& other) const { return ToJson() == other.ToJson(); }

bool Rules::GiveKeysOf(const Rules& other) const {
  Rules mine = *this, theirs = other;
  mine.allow_secret.clear();
  theirs.allow_secret.clear();
  return mine == theirs;
}

Result<Rules> Rules::FromJson(std::string_view json) {
  Result<wire::JsonTree> tree = wire::JsonTree::Parse(json, 16);
  if (!tree.ok()) return Bad(tree.status().ToString(), "Write an object such as {\"ignore_body\":[\"/metadata\"]}");
  if (tree->Kind(0) != wire::JsonKind::kObject)
    return Bad("not a JSON object", "Write an object such as {\"ignore_body\":[\"/metadata\"]}");
  if (tree->HasDuplicateNames()) return Bad("one member stands there twice", "Join the two lists");
  Rules rules;
  for (std::uint32_t name = tree->First(0); name < tree->End(0);) {
    const std::uint32_t value = tree->node(name).next;
    const std::string text = tree->String(name);
    if (text == "placeholders") {
      REPRISE_RETURN_IF_ERROR(ReadPlaceholders(*tree, value, rules));
      name = tree->node(value).next;
      continue;
    }
    const auto* member =
        std::find_if(kMembers.begin(), kMembers.end(), [&](const Member& m) { return text == m.name; });
    if (member == kMembers.end())
      return Bad(
          "there is no rule named " + wire::QuoteJson(text),
          "The rules are \"allow_secret\", \"ignore_body\", \"ignore_query\", \"match_headers\" and \"placeholders\"");
    if (tree->Kind(value) != wire::JsonKind::kArray)
      return Bad(text + " is not a list", "Write a list of strings: [\"...\"]");
    for (std::uint32_t i = tree->First(value); i < tree->End(value); i = tree->node(i).next) {
      if (tree->Kind(i) != wire::JsonKind::kString)
        return Bad(text + " holds " + std::string(tree->Raw(i).substr(0, 40)) + ", which is no string",
                   "Write a list of strings: [\"...\"]");
      const std::string one = member->lower ? wire::LowerAscii(tree->String(i)) : tree->String(i);
      REPRISE_RETURN_IF_ERROR(CheckOne(*member, one));
      (rules.*member->list).push_back(one);
    }
    name = tree->node(value).next;
  }
  return rules;
}

}  // namespace reprise
