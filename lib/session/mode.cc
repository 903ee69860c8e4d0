#include "lib/session/mode.h"

#include <vector>

#include "lib/base/spelling.h"

namespace reprise::session {
namespace {

using Upstream = ModeRow::Upstream;
using Unused = ModeRow::Unused;

// Ordered as `Mode` is.
constexpr ModeRow kModes[] = {
    // mode           name      reads  writes  upstream                unmatched  unused             compares
    {Mode::kReplay, "replay", true, false, Upstream::kNever, true, Unused::kFailure, false},
    {Mode::kRecord, "record", false, true, Upstream::kAlways, false, Unused::kNothing, false},
    {Mode::kExtend, "extend", true, true, Upstream::kWhenMissing, false, Unused::kNote, false},
    {Mode::kVerify, "verify", true, false, Upstream::kAlways, true, Unused::kFailure, true},
    {Mode::kLive, "live", false, false, Upstream::kAlways, false, Unused::kNothing, false},
};

}  // namespace

const ModeRow& RowOf(Mode mode) { return kModes[static_cast<int>(mode)]; }

Result<Mode> ParseMode(std::string_view name) {
  std::vector<std::string> good;
  for (const ModeRow& row : kModes) {
    if (row.name == name) return row.mode;
    good.emplace_back(row.name);
  }
  return Status(ErrorKind::kUsage, "mode", base::NoSuchWord(name, "mode", good));
}

}  // namespace reprise::session
