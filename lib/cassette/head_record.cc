#include <algorithm>

#include "lib/cassette/exchange_record.h"
#include "lib/cassette/format.h"
#include "lib/wire/body.h"
#include "lib/wire/json_text.h"

namespace reprise::cassette {
namespace {

using wire::JsonKind;
using wire::JsonTree;
using wire::QuoteJson;

std::string Quoted(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& item : list) out += (out.empty() ? "[" : ",") + QuoteJson(item);
  return out.empty() ? "[]" : out + "]";
}

Status Wrong(const std::string& object, std::string reason) {
  return Status(ErrorKind::kCassette, object, "the head is wrong: " + reason,
                "Run `reprise fsck` on it to see what can still be read");
}

}  // namespace

std::string WriteHead(const CassetteHead& head) {
  std::string out =
      std::string(kHeadStart) + std::to_string(head.version) + ",\"normal\":" + std::to_string(head.normal);
  out += ",\"session\":" + QuoteJson(head.session) + ",\"by\":" + QuoteJson(head.by);
  if (const std::string rules = head.rules.ToJson(); rules != "{}") out += ",\"rules\":" + rules;
  if (!head.needs.empty()) out += ",\"needs\":" + Quoted(head.needs);
  if (!head.unknown.empty()) out += "," + head.unknown;
  return out + "}";
}

Result<CassetteHead> ReadHead(std::string_view record, const std::string& object) {
  const Result<JsonTree> tree = JsonTree::Parse(record, 512, kMaxRecordValues);
  if (!tree.ok()) return Wrong(object, tree.status().reason());
  CassetteHead head;
  const std::uint32_t version = tree->Member(0, "reprise"), by = tree->Member(0, "by");
  if (by != 0 && tree->Kind(by) == JsonKind::kString) head.by = tree->String(by);
  const std::string_view number = version == 0 ? "" : tree->Raw(version);
  if (number.empty() || number.size() > 6 || number.find_first_not_of("0123456789") != std::string_view::npos)
    return Wrong(object, "'reprise' is no version number");
  head.version = std::stoi(std::string(number));
  if (head.version < kOldestVersion || head.version > kFormatVersion)
    return Status(
        ErrorKind::kCassette, object,
        "is of format " + std::string(number) + ", and this reprise reads format " + std::to_string(kFormatVersion),
        by == 0 ? "A newer reprise reads it"
                : "It was written by " + QuoteJson(head.by) + "; that version or a newer one reads it");
  for (std::uint32_t name = tree->First(0); name < tree->End(0);) {
    const std::uint32_t value = tree->node(name).next;
    const std::string member = tree->String(name);
    const bool string = tree->Kind(value) == JsonKind::kString;
    if (member == "normal") {
      const std::string_view normal = tree->Raw(value);
      if (normal.size() > 6 || normal.find_first_not_of("0123456789") != std::string_view::npos)
        return Wrong(object, "'normal' is no version number");
      head.normal = std::stoi(std::string(normal));
    } else if (member == "session" && string) {
      head.session = tree->String(value);
    } else if (member == "by" && string) {
    } else if (member == "rules") {
      Result<Rules> rules = Rules::FromJson(tree->Raw(value));
      if (!rules.ok()) return Wrong(object, "'rules': " + rules.status().reason());
      head.rules = *std::move(rules);
    } else if (member == "needs" && tree->Kind(value) == JsonKind::kArray) {
      for (std::uint32_t i = tree->First(value); i < tree->End(value); i = tree->node(i).next)
        head.needs.push_back(tree->Kind(i) == JsonKind::kString ? tree->String(i) : std::string(tree->Raw(i)));
    } else if (member != "reprise") {
      head.unknown +=
          (head.unknown.empty() ? "" : ",") + std::string(tree->Raw(name)) + ":" + wire::CompactJson(tree->Raw(value));
    }
    name = tree->node(value).next;
  }
  for (const std::string& need : head.needs)
    if (need != kNeedsBlob)
      return Status(ErrorKind::kCassette, object,
                    "needs " + QuoteJson(need) + ", which this version of reprise does not know",
                    "It was written by " + QuoteJson(head.by) + "; that version or a newer one reads it");
  return head;
}

}  // namespace reprise::cassette
