// Canary keys, planted at random places of what is recorded: none may be found on disk, in the log, or in what is
// told. The seed is printed; REPRISE_CANARY_PLACES sets how many places, REPRISE_CANARY_SEED which.
//
// What is looked for afterwards is the key itself, the very spelling in which it was planted, and the key in what an
// adapter puts together; none of that goes through the code that refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "lib/format/adapter.h"
#include "lib/session/secret_guard.h"
#include "lib/session/session.h"
#include "lib/session/tape.h"
#include "recorder/recording_transport.h"
#include "replayer/deck/chain.h"
#include "reprise/cassette.h"
#include "tests/support/canary_keys.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_folder.h"

namespace reprise::recorder {
namespace {

using support::CanaryKeys;
using support::ScriptedTransport;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

const char kProse[] =
    "The quick brown fox jumps over the lazy dog while the band plays on; nobody in the village had seen such a thing "
    "before, and the mayor, who had been asleep since noon, asked twice what the noise was about. ";

class Canary {
 public:
  explicit Canary(std::uint64_t seed) : keys_(seed) {}

  // `spelled` is how the key stands where it was planted.
  struct Plant {
    std::string place, rule, key, spelled;
    bool stored = false;  // may be recorded: it is dropped or masked there
  };

  // A request and the reply to it, with one key in them.
  Plant Make(Request& request, ScriptedTransport::Step& step) {
    Plant plant;
    const bool shape = keys_.Below(3) != 0;
    if (shape) {
      CanaryKeys::Key key = keys_.Of(keys_.Below(CanaryKeys::shapes()));
      plant.rule = key.rule;
      plant.key = key.value;
    } else {
      plant.rule = "env.CANARY_KEY";
      plant.key = value_;
    }
    request.endpoint = "openai";
    request.format = "openai.chat";
    request.method = "POST";
    request.url = "https://api.example/v1/chat/completions";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = Chat(Prose());
    step.chunks = {Answer(Prose())};
    switch (keys_.Below(12)) {
      case 0: {
        plant.place = "credential header";
        plant.spelled = plant.key;
        const char* names[] = {"Authorization", "x-api-key", "X-Goog-Api-Key", "api-key", "Cookie", "x-custom-note"};
        const std::size_t name = keys_.Below(6);
        const char* before[] = {"Bearer ", "", "", "", "session=", ""};
        request.headers.push_back({names[name], before[name] + OneLine(plant)});
        plant.stored = true;
        break;
      }
      case 1: {
        plant.place = "credential in the query";
        plant.spelled = Percent(plant.key);
        request.url += "?key=" + plant.spelled + "&x=1";
        plant.stored = true;
        break;
      }
      case 2:
        plant.place = "query or path";
        plant.spelled = Percent(plant.key);
        request.url += keys_.Below(2) == 0 ? "?note=a" + plant.spelled + "&x=1" : "/" + plant.spelled + "/x";
        break;
      case 3:
        plant.place = "header that is kept";
        plant.spelled = OneLine(plant);
        request.headers.push_back({"OpenAI-Beta", "a=" + plant.spelled});
        break;
      case 4:
      case 5:
        plant.place = "request body";
        Spell(plant);
        request.body = Chat(AnyPlace(plant.spelled));
        break;
      case 6:
        plant.place = "reply header";
        plant.spelled = OneLine(plant);
        step.headers.push_back({"x-echo", "got " + plant.spelled});
        break;
      case 7:
        plant.place = "cookie or redirect";
        plant.spelled = Percent(plant.key);
        if (keys_.Below(2) == 0)
          step.headers.push_back({"Set-Cookie", "session=" + plant.spelled + "; Path=/; HttpOnly"});
        else
          step.headers.push_back({"Location", "https://h/cb?code=1&access_token=" + plant.spelled});
        plant.stored = true;
        break;
      case 8:
        plant.place = "error";
        Spell(plant);
        step.status = 401;
        step.chunks = {"{\"error\":{\"message\":\"Incorrect API key provided: " + plant.spelled + "\"}}"};
        break;
      case 9:
      case 10: {
        plant.place = "stream, split anywhere";
        plant.spelled = plant.key;
        step.headers = {{"Content-Type", "text/event-stream"}};
        step.chunks.clear();
        std::string said = Cut(40) + plant.key + Cut(40);
        while (!said.empty()) {
          const std::size_t length = 1 + keys_.Below(24);
          step.chunks.push_back(
              "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":" + Json(said.substr(0, length)) + "}}]}\n\n");
          said.erase(0, length);
        }
        step.chunks.push_back("data: [DONE]\n\n");
        break;
      }
      default:
        plant.place = "reply body, chunks split anywhere";
        Spell(plant);
        const std::string body = Answer(AnyPlace(plant.spelled));
        step.chunks.clear();
        for (std::size_t at = 0; at < body.size();) {
          const std::size_t length = 1 + keys_.Below(60);
          step.chunks.push_back(body.substr(at, length));
          at += length;
        }
    }
    return plant;
  }

  const std::string& value() const { return value_; }

 private:
  static std::string Chat(const std::string& spelled) {
    return "{\"model\":\"tiny-1\",\"messages\":[{\"role\":\"user\",\"content\":\"" + spelled + "\"}]}";
  }
  static std::string Answer(const std::string& spelled) {
    return "{\"id\":\"chatcmpl-1\",\"model\":\"tiny-1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
           "\"content\":\"" +
           spelled + "\"},\"finish_reason\":\"stop\"}]}";
  }
  std::string Prose() { return std::string(kProse).substr(keys_.Below(100)); }
  std::string Cut(std::size_t most) { return std::string(kProse).substr(0, keys_.Below(most)); }
  std::string AnyPlace(const std::string& word) {
    std::string text = kProse;
    return text.insert(keys_.Below(text.size()), word);
  }

  static std::string Json(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '\n' || c == '\r')
        out += c == '\n' ? "\\n" : "\\r";
      else
        out += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
    }
    return out + '"';
  }
  static std::string Inner(const std::string& text) {
    const std::string quoted = Json(text);
    return quoted.substr(1, quoted.size() - 2);
  }
  static std::string Percent(const std::string& text) {
    std::string out;
    for (const char c : text) {
      char escape[4];
      std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      out += plain ? std::string(1, c) : escape;
    }
    return out;
  }
  // A header's value has no line breaks; a key that does is written as a client would write it.
  static std::string OneLine(const Plant& plant) {
    return plant.key.find('\n') == std::string::npos ? plant.key : base::EncodeBase64(plant.key);
  }

  // As it may stand inside a JSON string.
  void Spell(Plant& plant) {
    switch (keys_.Below(7)) {
      case 0: {
        std::string escaped;
        for (const char c : plant.key) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned char>(c));
          escaped += escape;
        }
        plant.spelled = escaped;
        break;
      }
      case 1: plant.spelled = base::EncodeBase64(Cut(9) + plant.key + Cut(9)); break;
      case 2: {
        plant.spelled = base::EncodeBase64("user:" + plant.key);
        for (char& c : plant.spelled) c = c == '+' ? '-' : c == '/' ? '_' : c;
        break;
      }
      case 3: plant.spelled = Percent(plant.key); break;
      case 4: plant.spelled = Inner("{\"key\":" + Json(plant.key) + "}"); break;  // JSON within JSON
      case 5: plant.spelled = Inner(Json("{\"key\":" + Json(plant.key) + "}")); break;
      default: plant.spelled = Inner(plant.key);
    }
  }

  CanaryKeys keys_;
  const std::string value_ = keys_.Value();
};

// Everything on disk below a folder: as bytes, and as what a reader gives.
std::string OnDisk(const std::string& folder) {
  std::string out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    auto reader = CassetteReader::Open(entry.path().string());
    if (!reader.ok()) continue;
    const Status lines = (*reader)->ForEachLine([&out](std::string_view line) {
      out.append(line).append("\n");
      return true;
    });
    EXPECT_TRUE(lines.ok()) << lines;
    const Status read = (*reader)->ForEach([&out](CassetteReader::Ref, Exchange&& exchange) {
      format::FindAdapter("openai.chat")->ReadReply(exchange.request, exchange.reply);
      out.append(exchange.request.url).append("\n").append(exchange.request.body).append("\n");
      out.append(exchange.reply.body).append("\n").append(exchange.reply.text).append("\n");
      return true;
    });
    EXPECT_TRUE(read.ok()) << read;
  }
  return out;
}

TEST(Canary, NoKeyPlantedAnywhereReachesTheDiskTheLogOrWhatIsTold) {
  const std::uint64_t places = FromEnvironment("REPRISE_CANARY_PLACES", 1000);
  const std::uint64_t seed = FromEnvironment("REPRISE_CANARY_SEED", 20261125);
  constexpr std::uint64_t kBatch = 50;
  std::cout << "canary: " << places << " places, seed " << seed << "\n";
  Canary canary(seed);
  std::string log;
  base::SetLog([&log](base::LogLevel, const std::string& line) { log += line + "\n"; });
  std::map<std::string, std::uint64_t> tried, refused;
  std::uint64_t on_disk = 0, told = 0, lost = 0, kept_clean = 0, clean = 0;
  for (std::uint64_t done = 0; done < places;) {
    support::TempFolder folder;
    session::SecretGuard guard;
    guard.Forbid(canary.value(), "env.CANARY_KEY");
    session::Tape::Options options;
    options.path = folder / "Chat.reprise";
    // Either container.
    options.writer.form = done / kBatch % 2 == 0 ? CassetteWriter::Form::kText : CassetteWriter::Form::kZstd;
    session::Tape tape(options, nullptr, guard);
    ScriptedTransport upstream;
    RecordingTransport recording(upstream, tape, {});
    std::vector<Canary::Plant> plants;
    for (; done < places && plants.size() < kBatch; ++done) {
      Request request;
      ScriptedTransport::Step step;
      plants.push_back(canary.Make(request, step));
      std::string whole;
      for (const std::string& chunk : step.chunks) whole += chunk;
      const std::uint64_t kept = tape.kept();
      upstream.Then(step);
      guard.ForbidCredentials(request);
      CollectingSink sink;
      EXPECT_TRUE(recording.Send(request, {}, sink).ok());
      lost += sink.reply().body == whole ? 0 : 1;
      const Canary::Plant& plant = plants.back();
      ++tried[plant.place];
      if (tape.kept() == kept) ++refused[plant.place];
      // The control: the same without the key is recorded.
      ScriptedTransport::Step harmless;
      harmless.chunks = {R"({"choices":[{"index":0,"message":{"content":"Ada"},"finish_reason":"stop"}]})"};
      upstream.Then(harmless);
      Request plain;
      plain.endpoint = plain.format = "openai.chat";
      plain.method = "POST";
      plain.url = "https://api.example/v1/chat/completions";
      plain.body = "{\"n\":" + std::to_string(done) + "}";
      CollectingSink ignored;
      const std::uint64_t before = tape.kept();
      EXPECT_TRUE(recording.Send(plain, {}, ignored).ok());
      ++clean;
      kept_clean += tape.kept() - before;
    }
    const session::Tape::Closed closed = tape.Close(session::Tape::Ending::kPassed);
    std::string said = closed.cassette + "\n" + log;
    for (const auto* list : {&closed.failures, &closed.notes})
      for (const std::string& text : *list) said += text + "\n";
    const std::string disk = OnDisk(folder.path());
    ASSERT_FALSE(disk.empty());
    for (const Canary::Plant& plant : plants) {
      const auto in = [&plant](const std::string& text) {
        return text.find(plant.key) != std::string::npos || text.find(plant.spelled) != std::string::npos;
      };
      if (in(disk)) {
        ++on_disk;
        ADD_FAILURE() << plant.rule << " in " << plant.place << " is on disk";
      }
      if (in(said)) {
        ++told;
        ADD_FAILURE() << plant.rule << " in " << plant.place << " was told";
      }
    }
    log.clear();
  }
  base::SetLog({});
  for (const auto& [place, count] : tried)
    std::cout << "  " << place << ": " << count << " planted, " << refused[place] << " refused\n";
  std::cout << "  on disk: " << on_disk << ", in log or told: " << told
            << ", replies that did not reach the client: " << lost << ", clean exchanges recorded: " << kept_clean
            << " of " << clean << "\n";
  EXPECT_EQ(on_disk, 0u);
  EXPECT_EQ(told, 0u);
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(kept_clean, clean);
  // Where a key would have been stored the exchange was refused; where it is dropped or masked it was recorded. (A PEM
  // in a credential's place is a value like any other.)
  for (const char* place : {"query or path", "header that is kept", "request body", "reply header", "error",
                            "stream, split anywhere", "reply body, chunks split anywhere"})
    EXPECT_EQ(refused[place], tried[place]) << place;
}

}  // namespace
}  // namespace reprise::recorder
