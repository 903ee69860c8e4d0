#define PCRE2_CODE_UNIT_WIDTH 8
#include "lib/wire/pattern.h"

#include <pcre2.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace reprise::wire {
namespace {

// Memory of one match, in KiB, and of how deep it backtracks into it.
constexpr std::uint32_t kMaxHeapKib = 2048;
constexpr std::size_t kMaxKept = 256;

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

class Compiled : public Pattern {
 public:
  explicit Compiled(pcre2_code* code) : code_(code) {}

  std::optional<Span> Find(std::string_view text, std::size_t from) const override {
    const std::unique_ptr<pcre2_match_data, FreeData> data(pcre2_match_data_create(1, nullptr));
    const std::unique_ptr<pcre2_match_context, FreeContext> context(pcre2_match_context_create(nullptr));
    if (!data || !context || from > text.size()) return std::nullopt;
    const std::size_t steps = kMaxSteps + kMaxStepsPerByte * text.size();
    pcre2_set_match_limit(context.get(), static_cast<std::uint32_t>(std::min<std::size_t>(steps, 0xFFFFFFFFu)));
    pcre2_set_heap_limit(context.get(), kMaxHeapKib);
    // One pair of places is enough: a result of 0 only says that groups did not fit.
    const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                  PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK, data.get(), context.get());
    if (found < 0) return std::nullopt;
    const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data.get());
    // \K may put the beginning behind the end.
    if (places[0] < from || places[1] <= places[0] || places[1] > text.size()) return std::nullopt;
    return Span{places[0], places[1]};
  }

 private:
  std::unique_ptr<pcre2_code, FreeCode> code_;
};

struct Kept {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Pattern>> patterns;
};

Kept& TheKept() {
  static Kept* const kept = new Kept;
  return *kept;
}

Status Bad(const std::string& text, std::string reason) {
  return Status(ErrorKind::kUsage, "the pattern " + text, std::move(reason), "See pcre2pattern(3)");
}

}  // namespace

Result<std::shared_ptr<const Pattern>> Pattern::Compile(const std::string& text) {
  if (text.size() > kMaxBytes)
    return Bad(text.substr(0, 40) + "...", "is longer than " + std::to_string(kMaxBytes) + " bytes");
  Kept& kept = TheKept();
  const std::lock_guard<std::mutex> lock(kept.mutex);
  if (const auto it = kept.patterns.find(text); it != kept.patterns.end()) return it->second;
  int error = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                   PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE, &error, &at, nullptr);
  if (code == nullptr) {
    PCRE2_UCHAR message[256] = {};
    pcre2_get_error_message(error, message, sizeof message);
    return Bad(text, "at byte " + std::to_string(at) + ": " + reinterpret_cast<const char*>(message));
  }
  std::shared_ptr<const Pattern> pattern = std::make_shared<Compiled>(code);
  if (kept.patterns.size() >= kMaxKept) kept.patterns.clear();
  kept.patterns.emplace(text, pattern);
  return pattern;
}

}  // namespace reprise::wire
