// reprise ls: which cassettes there are and what they hold.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/cli/exchange_text.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/cli/table.h"
#include "lib/cli/withheld.h"
#include "lib/format/completeness.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Listed {
  std::string path;
  FileKind kind = FileKind::kCassette;
  CassetteHead head;
  std::uint64_t exchanges = 0, file_bytes = 0, body_bytes = 0;
  std::vector<ModelIdentity> models;  // distinct, in order of appearance
  std::vector<Damage> damage;
  struct Mind {
    std::uint64_t number;
    std::string clause;
  };
  std::vector<Mind> minds;  // replies that may be no whole answers
  Status error;             // it could not be opened

  std::string State() const {
    if (!error.ok()) return "unreadable";
    if (!damage.empty()) return "damaged";
    return kind == FileKind::kIncomplete ? "incomplete" : kind == FileKind::kPending ? "pending" : "whole";
  }
};

Listed Examine(const std::string& path, Console& console) {
  Listed out;
  out.path = path;
  out.kind = KindOf(path);
  out.file_bytes = SizeOf(path);
  Result<OpenCassette> open = Open(path);
  if (!open.ok()) {
    out.error = open.status();
    return out;
  }
  out.head = open->reader->head();
  Console::Progress progress(console, "reading", 0);
  const Status status = open->reader->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    progress.Advance(++out.exchanges);
    out.body_bytes += exchange.request.body.size() + exchange.reply.body.size();
    bool known = false;
    for (const ModelIdentity& model : out.models) known = known || model == exchange.model;
    if (!known) out.models.push_back(exchange.model);
    Understand(exchange);
    for (std::string& clause : format::WhatIsMissing(exchange.request, exchange.reply))
      out.minds.push_back({out.exchanges, Withheld(clause)});
    return true;
  });
  if (!status.ok()) out.error = status;
  out.damage = open->reader->damage();
  return out;
}

Json ModelsJson(const std::vector<ModelIdentity>& models) {
  Json list = Json::array();
  for (const ModelIdentity& model : models)
    list.push_back({{"asked", model.asked}, {"answered", model.answered}, {"pin", model.pin}});
  return list;
}

Json ToJson(const Listed& it) {
  Json out{{"path", it.path}, {"state", it.State()}, {"file_bytes", it.file_bytes}};
  if (!it.error.ok()) {
    out["error"] = it.error.ToString();
    return out;
  }
  out["container"] = ContainerOf(it.path);
  out["version"] = it.head.version;
  out["normal"] = it.head.normal;
  out["session"] = it.head.session;
  out["by"] = it.head.by;
  out["rules"] = RulesJson(it.head.rules);
  out["exchanges"] = it.exchanges;
  out["body_bytes"] = it.body_bytes;
  out["models"] = ModelsJson(it.models);
  out["minds"] = Json::array();
  for (const Listed::Mind& mind : it.minds) out["minds"].push_back({{"number", mind.number}, {"clause", mind.clause}});
  out["damage"] = DamageJson(it.damage);
  return out;
}

class LsCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "ls";
    info.summary = "list cassettes: exchanges, models, sizes, rules, state";
    info.examples = {
        {"reprise ls", "every cassette in this folder and below"},
        {"reprise ls tests/cassettes/Chat", "those of one suite"},
        {"reprise ls --json | jq -r '.cassettes[] | select(.state != \"whole\").path'", "which ones need attention"}};
    info.details =
        "MODEL is the name that was asked for, then, where they differ, the name that answered, then what pins the "
        "weights.\n"
        "STATE is whole; damaged (see `reprise fsck`); incomplete (a recorder is at work, or was killed); pending "
        "(recorded again, see `reprise accept`); unreadable.";
    info.json_schema = "reprise.ls/1";
    info.json = {{"cassettes[].path", "as given or found"},
                 {"cassettes[].state", "whole, damaged, incomplete, pending or unreadable"},
                 {"cassettes[].file_bytes", "size on disk"},
                 {"cassettes[].error", "one sentence, only where unreadable; the members below are then absent"},
                 {"cassettes[].container", "zstd or text"},
                 {"cassettes[].version", "of the format"},
                 {"cassettes[].normal", "version of the normal form its keys are made with"},
                 {"cassettes[].session", "the test it belongs to"},
                 {"cassettes[].by", "the program that wrote it"},
                 {"cassettes[].rules", "in force: the head's \"rules\""},
                 {"cassettes[].exchanges", "how many could be read"},
                 {"cassettes[].body_bytes", "bytes of all bodies, restored"},
                 {"cassettes[].models[].asked", "the name in the request"},
                 {"cassettes[].models[].answered", "the name in the reply"},
                 {"cassettes[].models[].pin", "what names the weights"},
                 {"cassettes[].minds[].number", "of an exchange whose reply may be no whole answer"},
                 {"cassettes[].minds[].clause", "why: an error, a broken stream, a token limit"},
                 {"cassettes[].damage[].file_offset", "byte in the file"},
                 {"cassettes[].damage[].line", "line of the text, 0 when not known"},
                 {"cassettes[].damage[].what", "one clause"},
                 {"cassettes[].damage[].keys[]", "what stood there, as far as the index knows"}};
    info.exits = {"0  listed", "3  one is damaged or unreadable, or a path does not exist"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "cassettes, or folders to search; the working folder when none is given", false);
  }

  int Run(Context& context) override {
    const Result<std::vector<std::string>> files = FindCassettes(paths_);
    if (!files.ok()) return Fail(context, files.status());
    std::vector<Listed> list;
    bool bad = false;
    for (const std::string& file : *files) {
      list.push_back(Examine(file, context.console));
      bad = bad || !list.back().error.ok() || !list.back().damage.empty();
    }
    if (context.json) {
      Json out{{"schema", Info().json_schema}, {"cassettes", Json::array()}};
      for (const Listed& it : list) out["cassettes"].push_back(ToJson(it));
      PrintJson(context, Serialised(out));
    } else {
      Print(context, list);
    }
    return bad ? kExitCassette : kExitSame;
  }

 private:
  static std::string ModelCell(const std::vector<ModelIdentity>& models) {
    std::string out;
    std::set<std::string> said;
    for (const ModelIdentity& model : models) {
      const std::string text = ModelText(model);
      if (!text.empty() && said.insert(text).second) out += (out.empty() ? "" : ", ") + text;
    }
    return out.empty() ? "-" : out;
  }

  static void Print(Context& context, const std::vector<Listed>& list) {
    if (list.empty()) {
      context.console.Message("No cassettes here.");
      return;
    }
    Table table({{"CASSETTE", false, Table::Cut::kLeft},
                 {"EXCHANGES", true},
                 {"MODEL", false, Table::Cut::kRight},
                 {"SIZE", true},
                 {"RULES", false, Table::Cut::kRight},
                 {"STATE"}});
    std::uint64_t exchanges = 0, bytes = 0;
    for (const Listed& it : list) {
      const bool opened = it.error.ok();
      const std::string rules = RulesText(it.head.rules);
      table.Row({report::HarmlessLine(it.path), opened ? std::to_string(it.exchanges) : "-", ModelCell(it.models),
                 BytesText(it.file_bytes), rules.empty() ? "-" : rules, it.State()},
                !opened || !it.damage.empty()    ? Style::kRed
                : it.kind == FileKind::kCassette ? Style::kPlain
                                                 : Style::kYellow);
      exchanges += it.exchanges;
      bytes += it.file_bytes;
    }
    table.Print(context.console);
    context.console.Line(CountText(list.size(), "file") + ", " + CountText(exchanges, "exchange") + ", " +
                         BytesText(bytes));
    constexpr std::size_t kMost = 5;
    for (const Listed& it : list) {
      for (std::size_t i = 0; i < std::min(it.minds.size(), kMost); ++i)
        context.console.Line(report::HarmlessLine(it.path) + ": the reply of exchange " +
                             std::to_string(it.minds[i].number) + " " + report::HarmlessLine(it.minds[i].clause, 200));
      if (it.minds.size() > kMost)
        context.console.Line(report::HarmlessLine(it.path) + ": and " + std::to_string(it.minds.size() - kMost) +
                             " more such replies");
    }
    context.console.Flush();
    for (const Listed& it : list) {
      if (!it.error.ok()) Fail(context, it.error);
      if (it.error.ok() && !it.damage.empty())
        Fail(context, Status(ErrorKind::kCassette, it.path, CountText(it.damage.size(), "place") + " of damage",
                             "See `reprise fsck " + it.path + "`"));
    }
  }

  std::vector<std::string> paths_;
};

}  // namespace

std::unique_ptr<Command> MakeLs() { return std::make_unique<LsCommand>(); }

}  // namespace reprise::cli
