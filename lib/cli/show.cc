// reprise show: one exchange for a human, or the list of those in a cassette.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/cli/commands.h"
#include "lib/cli/exchange_text.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/cli/table.h"
#include "lib/cli/withheld.h"
#include "lib/report/harmless.h"
#include "lib/session/shell_word.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLeastPrefix = 4;

// What the user named: an exchange's number, or the beginning of its key.
struct Which {
  std::uint64_t number = 0;  // 0: by key
  std::string prefix;

  bool Fits(std::uint64_t n, const std::string& key) const {
    return number != 0 ? n == number : key.compare(0, prefix.size(), prefix) == 0;
  }
};

// Numbers have up to six digits, so that a longer run of digits can begin a key.
Result<Which> ParseWhich(const std::string& word) {
  Which which;
  if (!word.empty() && word.size() <= 6 && word.find_first_not_of("0123456789") == std::string::npos) {
    which.number = std::stoull(word);
    if (which.number == 0) return Status(ErrorKind::kUsage, word, "exchanges are counted from 1");
    return which;
  }
  for (const char c : word) which.prefix += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
  if (which.prefix.size() < kLeastPrefix || which.prefix.size() > 64 ||
      which.prefix.find_first_not_of("0123456789abcdef") != std::string::npos)
    return Status(ErrorKind::kUsage, word, "is neither an exchange's number nor the beginning of a key",
                  "Give a number from `reprise show FILE`, or at least four hex digits");
  return which;
}

class ShowCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "show";
    info.summary = "show an exchange: messages, answer, parameters, rules";
    info.examples = {
        {"reprise show Chat/AsksTwice.reprise", "the list of its exchanges; the only one, whole"},
        {"reprise show tests/cassettes/Chat", "the same of each cassette in a folder and below"},
        {"reprise show Chat/AsksTwice.reprise 2", "the second one"},
        {"reprise show Chat/AsksTwice.reprise 8ee89711", "by the beginning of its key"},
        {"reprise show Chat/AsksTwice.reprise 2 --raw reply > reply.bin", "the reply's body, byte for byte"},
        {"zstdcat x.reprise | reprise show - --all", "from standard input"}};
    info.details =
        "Streams are put together and read as one answer. Text from the recording is printed harmless: control "
        "characters, bidi controls and workflow commands are made visible. Long texts are cut unless --full is given; "
        "`--raw` writes the exact bytes.";
    info.json_schema = "reprise.show/1";
    info.json = ExchangeMembers();
    info.json.insert(
        info.json.begin(),
        {{"path", "the cassette"}, {"rules", "in force: the head's \"rules\""}, {"of", "how many exchanges it has"}});
    info.exits = {"0  shown", "2  there is no such exchange", "3  the cassette is missing or damaged"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Positional("FILE", &file_, "a cassette, or a folder: each one below it; - for standard input", true);
    arguments.Positional("EXCHANGE", &word_, "its number, from 1, or the beginning of its key", false);
    arguments.Flag("--all", &all_, "every exchange, whole");
    arguments.Flag("--full", &full_, "do not cut long texts");
    arguments.Value("--raw", "PART", &raw_, "write the exact bytes of one body", {"request", "reply"});
  }

  int Run(Context& context) override {
    std::optional<Which> which;
    if (!word_.empty()) {
      Result<Which> parsed = ParseWhich(word_);
      if (!parsed.ok()) return Fail(context, parsed.status());
      which = *parsed;
    }
    if (file_ != "-" && base::IsFolder(file_)) return ShowFolder(context);
    return ShowFile(context, which);
  }

 private:
  // Every cassette below a folder, one after the other, as each would be shown by itself.
  int ShowFolder(Context& context) {
    if (!word_.empty() || !raw_.empty() || context.json)
      return Fail(context, Status(ErrorKind::kUsage, file_, "is a folder, and one cassette must be named here",
                                  "`reprise ls " + session::ShellWord(file_) + "` lists those in it"));
    const Result<std::vector<std::string>> files = FindCassettes({file_});
    if (!files.ok()) return Fail(context, files.status());
    if (files->empty()) return Fail(context, Status(ErrorKind::kCassette, file_, "there are no cassettes in it"));
    int code = kExitSame;
    for (const std::string& file : *files) {
      if (file != files->front()) context.console.Line("");
      if (files->size() > 1) context.console.Line(context.console.Paint(Style::kBold, report::HarmlessLine(file)));
      file_ = file;
      found_.clear();
      rows_.clear();
      code = std::max(code, ShowFile(context, std::nullopt));
    }
    return code;
  }

  int ShowFile(Context& context, const std::optional<Which>& which) {
    Result<OpenCassette> open = Open(file_);
    if (!open.ok()) return Fail(context, open.status());
    CassetteReader& reader = *open->reader;
    total_ = reader.exchange_count();
    const bool as_list = !which && !all_ && raw_.empty() && !context.json && total_ != 1;
    if (const Status read = Read(reader, which, as_list); !read.ok()) return Fail(context, read);
    const int code = TellDamage(context, open->shown, reader.damage());
    if (which && found_.empty()) return std::max(code, Fail(context, NotFound(open->shown)));
    if (which && which->number == 0 && SeveralKeys()) return Fail(context, Ambiguous(open->shown));
    if (!raw_.empty()) return std::max(code, WriteRaw(context, open->shown));
    if (context.json) {
      PrintAsJson(context, open->shown, reader.head().rules);
    } else if (as_list) {
      PrintList(context, open->shown);
    } else {
      for (std::size_t i = 0; i < found_.size(); ++i) {
        if (i != 0) context.console.Line("");
        PrintExchange(context.console,
                      {open->shown, found_[i].number, total_, reader.head().rules, reader.head().normal, full_},
                      found_[i].exchange);
      }
    }
    return code;
  }

  struct Found {
    std::uint64_t number;
    Exchange exchange;
  };

  // Fills `found_` with what was asked for, or, to list a cassette of any size, only `rows_`.
  Status Read(CassetteReader& reader, const std::optional<Which>& which, bool as_list) {
    std::uint64_t number = 0;
    return reader.ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
      ++number;
      if (which && !which->Fits(number, exchange.key)) return true;
      Understand(exchange);
      if (as_list)
        rows_.push_back(RowOf(number, Withheld(std::move(exchange))));
      else
        found_.push_back({number, std::move(exchange)});
      return !which || which->number != number;
    });
  }

  static std::vector<std::string> RowOf(std::uint64_t number, const Exchange& exchange) {
    constexpr std::size_t kWidest = 48;
    const std::string model = ModelText(exchange.model);
    return {std::to_string(number),
            report::HarmlessLine(exchange.key.substr(0, 8)),
            report::HarmlessLine(exchange.lane, 24),
            model.empty() ? "-" : model,
            exchange.reply.end ? "broken" : std::to_string(exchange.reply.status),
            AskedLine(exchange, kWidest),
            AnsweredLine(exchange, kWidest)};
  }

  static int TellDamage(Context& context, const std::string& shown, const std::vector<Damage>& damage) {
    for (const Damage& it : damage)
      Fail(context, Status(ErrorKind::kCassette, shown, "damaged " + DamageText(it), "See `reprise fsck`"));
    return damage.empty() ? kExitSame : kExitCassette;
  }

  Status NotFound(const std::string& shown) const {
    return Status(ErrorKind::kUsage, shown, "has no exchange " + word_ + "; it has " + CountText(total_, "exchange"),
                  "See `reprise show " + shown + "`");
  }

  bool SeveralKeys() const {
    return std::any_of(found_.begin(), found_.end(),
                       [&](const Found& it) { return it.exchange.key != found_.front().exchange.key; });
  }

  Status Ambiguous(const std::string& shown) const {
    std::string keys;
    for (const Found& it : found_) keys += "\n  " + std::to_string(it.number) + "  " + it.exchange.key;
    return Status(ErrorKind::kUsage, shown, "several keys begin with " + word_ + ":" + keys);
  }

  int WriteRaw(Context& context, const std::string& shown) const {
    if (found_.size() != 1)
      return Fail(context,
                  Status(ErrorKind::kUsage, shown,
                         found_.empty() ? "holds no exchange"
                                        : "--raw writes one body, and " + CountText(found_.size(), "exchange") + " fit",
                         found_.empty() ? "" : "Name one by its number"));
    const Exchange& exchange = found_.front().exchange;
    const std::string& bytes = raw_ == "request" ? exchange.request.body : exchange.reply.body;
    if (context.console.out_is_terminal() && report::Harmless(bytes) != bytes)
      return Fail(context, Status(ErrorKind::kUsage, shown, "these bytes are not safe on a terminal",
                                  "Send them to a file or a pipe, as in `reprise show ... --raw " + raw_ + " | less`"));
    context.console.Out(bytes);
    return kExitSame;
  }

  void PrintAsJson(Context& context, const std::string& shown, const Rules& rules) const {
    Json out{{"schema", Info().json_schema}, {"path", shown}, {"rules", RulesJson(rules)}, {"of", total_}};
    out["exchanges"] = Json::array();
    for (const Found& it : found_) out["exchanges"].push_back(ExchangeJson(it.number, it.exchange));
    PrintJson(context, Serialised(out));
  }

  void PrintList(Context& context, const std::string& shown) const {
    if (rows_.empty()) {
      context.console.Message(report::HarmlessLine(shown) + " holds no exchanges.");
      return;
    }
    Table table({{"#", true},
                 {"KEY"},
                 {"LANE", false, Table::Cut::kRight},
                 {"MODEL", false, Table::Cut::kRight},
                 {"STATUS", true},
                 {"ASKED", false, Table::Cut::kRight},
                 {"ANSWERED", false, Table::Cut::kRight}});
    for (const std::vector<std::string>& row : rows_) table.Row(row);
    table.Print(context.console);
    context.console.Line("One of them: reprise show " + report::HarmlessLine(shown) + " NUMBER");
  }

  std::string file_, word_, raw_;
  bool all_ = false, full_ = false;
  std::uint64_t total_ = 0;
  std::vector<Found> found_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace

std::unique_ptr<Command> MakeShow() { return std::make_unique<ShowCommand>(); }

}  // namespace reprise::cli
