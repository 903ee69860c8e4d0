// go-vcr, version 2 of its files: bodies are texts, the status is a line and, as `code`, a number; `duration` is the
// time of the whole exchange as Go spells it.
#include <charconv>

#include "recorder/importers/recording.h"

namespace reprise::recorder {
namespace {

// "687.964334ms", "1m2.5s", "12µs"; absent for anything else.
std::optional<std::uint32_t> Milliseconds(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"μs", 1e-3}, {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}};
  if (text.empty()) return std::nullopt;
  double sum = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(unit.size());
    double factor = 0;
    for (const auto& [name, ms] : kUnits) {
      if (name == unit) factor = ms;
    }
    if (factor == 0) return std::nullopt;
    sum += number * factor;
  }
  if (!(sum >= 0 && sum < 4e9)) return std::nullopt;
  return static_cast<std::uint32_t>(sum + 0.5);
}

bool Recognises(const Value& root) {
  const Value list = root["interactions"];
  return list.IsList() && list.At(0)["request"]["url"].present();
}

void Read(const Value& root, const RecordingSink& sink) {
  const Value list = root["interactions"];
  for (std::size_t i = 0; i < list.size(); ++i) {
    Recording recording;
    const Value request = list.At(i)["request"], response = list.At(i)["response"];
    ReadTarget(request["method"], request["url"], recording);
    ReadHeaders(request["headers"], "request", recording, recording.request_headers);
    ReadVcrBody(request["body"], "request", recording, recording.request_body);
    ReadStatus(response["code"], recording);
    ReadHeaders(response["headers"], "reply", recording, recording.reply_headers);
    ReadVcrBody(response["body"], "reply", recording, recording.reply_body);
    recording.ms = Milliseconds(response["duration"].Text());
    sink(std::move(recording));
  }
}

}  // namespace

const RecordingFormat kGoVcr = {"go-vcr", Recognises, Read};

}  // namespace reprise::recorder
